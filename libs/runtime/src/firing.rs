//! Timers as commands: what fires is a verb of one aggregate, caused by the timer.

use async_trait::async_trait;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Call, Fault};
use kefu_outbox::{Timer, TimerHandler};
use kefu_store::NotFound;

use crate::error::{Error, Result};

/// Runs the command that `fire` makes of the timer's call and its aggregate's id.
pub(crate) struct Firing<F> {
    pub service: &'static str,
    pub fire: F,
}

#[async_trait]
impl<F, D> TimerHandler for Firing<F>
where
    F: Fn(Call, Uuid) -> D + Send + Sync + 'static,
    D: Future<Output = Result<()>> + Send,
{
    async fn fire(&self, timer: &Timer) -> std::result::Result<(), Box<dyn Fault>> {
        let cause = Call::internal(self.service, format!("timer:{}", timer.kind));
        match (self.fire)(cause, timer.aggregate_id).await {
            // What is gone has nothing to be fired.
            Err(error) if is_gone(&error) => Ok(()),
            Err(error) => Err(Box::new(error)),
            Ok(()) => Ok(()),
        }
    }
}

fn is_gone(error: &Error) -> bool {
    error.find::<NotFound>().is_some()
}
