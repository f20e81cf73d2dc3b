//! A running Kefu in either shape, for tests that do not know which.

use std::ops::Deref;
use std::time::Duration;

use kefu_kernel::Timestamp;
use kefu_runtime::Suite;

use crate::callers::Callers;
use crate::deployment::Deployment;
use crate::world::World;

/// A suite in the test's process, or the binary in one or several. It must be closed.
pub enum Kefu {
    /// In the test's own process, its clock at a stand.
    World(Box<World>),
    /// The real binary in processes of its own.
    Binary(Box<Deployment>),
}

impl Kefu {
    /// `suite` in this process.
    pub async fn one(suite: &Suite) -> Self {
        Self::World(Box::new(World::start(suite).await))
    }

    /// The four processes that tests share; none, with the reason printed, where they cannot be.
    pub async fn four() -> Option<Self> {
        Some(Self::Binary(Box::new(Deployment::shared().await?)))
    }

    /// The record clock.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::World(world) => world.now(),
            Self::Binary(deployment) => deployment.now(),
        }
    }

    /// Moves the record clock on, and waits until what became due has been done.
    pub async fn advance(&self, by: Duration) {
        match self {
            Self::World(world) => world.advance(by).await,
            Self::Binary(deployment) => deployment.advance(by).await,
        }
    }

    /// Waits until everything that was set in motion has come to rest.
    pub async fn settle(&self) {
        match self {
            Self::World(world) => world.settle().await,
            Self::Binary(deployment) => deployment.settle().await,
        }
    }

    /// Fails where an event was not published or could not be folded.
    pub async fn close(self) {
        match self {
            Self::World(world) => world.close().await,
            Self::Binary(deployment) => deployment.close().await,
        }
    }
}

impl Deref for Kefu {
    type Target = Callers;

    fn deref(&self) -> &Callers {
        match self {
            Self::World(world) => world,
            Self::Binary(deployment) => deployment,
        }
    }
}
