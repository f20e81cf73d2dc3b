//! A running Kefu in either shape, for tests that do not know which.

use std::ops::Deref;
use std::time::Duration;

use kefu_kernel::Timestamp;
use kefu_runtime::Suite;

use crate::callers::Callers;
use crate::deployment::Deployment;
use crate::world::World;

/// One process on SQLite, or four on PostgreSQL and NATS. It must be closed.
pub enum Kefu {
    /// In the test's own process, its clock at a stand.
    One(Box<World>),
    /// The real binary, shared with other tests.
    Four(Box<Deployment>),
}

impl Kefu {
    /// `suite` in this process.
    pub async fn one(suite: &Suite) -> Self {
        Self::One(Box::new(World::start(suite).await))
    }

    /// Four processes; none, with the reason printed, where they cannot be.
    pub async fn four() -> Option<Self> {
        Some(Self::Four(Box::new(Deployment::shared().await?)))
    }

    /// The record clock.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::One(world) => world.now(),
            Self::Four(deployment) => deployment.now(),
        }
    }

    /// Moves the record clock on, and waits until what became due has been done.
    pub async fn advance(&self, by: Duration) {
        match self {
            Self::One(world) => world.advance(by).await,
            Self::Four(deployment) => deployment.advance(by).await,
        }
    }

    /// Waits until everything that was set in motion has come to rest.
    pub async fn settle(&self) {
        match self {
            Self::One(world) => world.settle().await,
            Self::Four(deployment) => deployment.settle().await,
        }
    }

    /// Fails where an event was not published or could not be folded.
    pub async fn close(self) {
        match self {
            Self::One(world) => world.close().await,
            Self::Four(deployment) => deployment.close().await,
        }
    }
}

impl Deref for Kefu {
    type Target = Callers;

    fn deref(&self) -> &Callers {
        match self {
            Self::One(world) => world,
            Self::Four(deployment) => deployment,
        }
    }
}
