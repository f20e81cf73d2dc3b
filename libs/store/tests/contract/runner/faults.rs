//! Fault points that a test arms.

use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::future::BoxFuture;
use kefu_store::{FaultPoint, Faults, StoreError, in_transaction};
use tokio::sync::Semaphore;

type At = Box<dyn Fn(FaultPoint) -> bool + Send + Sync>;

/// Steps to interfere at, each once; and everything that was reached.
#[derive(Default)]
pub struct Script {
    armed: Mutex<Vec<(At, Act)>>,
    pub reached: Mutex<Vec<(FaultPoint, bool)>>,
}

enum Act {
    Fail(StoreError),
    Hold(Arc<Held>, Option<StoreError>),
}

/// A transaction that is held at a step.
pub struct Held {
    arrived: Semaphore,
    released: Semaphore,
}

impl Held {
    /// Waits until the step is reached.
    pub async fn arrived(&self) {
        self.arrived.acquire().await.expect("never closed").forget();
    }

    pub fn release(&self) {
        self.released.add_permits(1);
    }
}

impl Script {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Fails the next transaction that reaches the point.
    pub fn fail(&self, at: impl Fn(FaultPoint) -> bool + Send + Sync + 'static, with: StoreError) {
        self.arm(Box::new(at), Act::Fail(with));
    }

    /// Holds the next transaction that reaches the point.
    pub fn hold(&self, at: impl Fn(FaultPoint) -> bool + Send + Sync + 'static) -> Arc<Held> {
        self.hold_until(Box::new(at), None)
    }

    /// The same, and fails it once it is released.
    pub fn hold_and_fail(
        &self,
        at: impl Fn(FaultPoint) -> bool + Send + Sync + 'static,
        with: StoreError,
    ) -> Arc<Held> {
        self.hold_until(Box::new(at), Some(with))
    }

    fn hold_until(&self, at: At, then: Option<StoreError>) -> Arc<Held> {
        let held = Arc::new(Held { arrived: Semaphore::new(0), released: Semaphore::new(0) });
        self.arm(at, Act::Hold(Arc::clone(&held), then));
        held
    }

    pub fn is_spent(&self) -> bool {
        self.armed.lock().expect("not poisoned").is_empty()
    }

    fn arm(&self, at: At, act: Act) {
        self.armed.lock().expect("not poisoned").push((at, act));
    }
}

impl Faults for Script {
    fn reached(&self, point: FaultPoint) -> BoxFuture<'_, Result<(), StoreError>> {
        self.reached.lock().expect("not poisoned").push((point, in_transaction()));
        let act = {
            let mut armed = self.armed.lock().expect("not poisoned");
            armed.iter().position(|(at, _)| at(point)).map(|index| armed.remove(index).1)
        };
        async move {
            match act {
                None => Ok(()),
                Some(Act::Fail(error)) => Err(error),
                Some(Act::Hold(held, then)) => {
                    held.arrived.add_permits(1);
                    held.released.acquire().await.expect("never closed").forget();
                    then.map_or(Ok(()), Err)
                }
            }
        }
        .boxed()
    }
}

pub fn lost() -> StoreError {
    StoreError::Lost(Arc::new(sqlx::Error::WorkerCrashed))
}

/// The time for a connection is over.
pub fn away() -> StoreError {
    StoreError::Lost(Arc::new(sqlx::Error::PoolTimedOut))
}

pub fn unknown() -> StoreError {
    StoreError::OutcomeUnknown(Arc::new(sqlx::Error::WorkerCrashed))
}
