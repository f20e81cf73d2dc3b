//! Handing a command in: the bounded queue, and withdrawal by dropping the call.

use std::sync::Arc;

use kefu_kernel::{Call, Fault};
use kefu_telemetry::trace;
use prost::Message;
use tokio::sync::{mpsc, oneshot};
use tracing::{Instrument, Span};

use super::RunnerOptions;
use super::command::{Claim, Command, Done, Job};
use super::error::{Defect, RunError, RunnerError};
use super::needs::Needs;
use super::task::RunnerTask;
use super::work::Work;
use crate::{Store, in_transaction};

/// Where commands are handed in. Cheap to clone.
#[derive(Clone)]
pub struct Runner {
    service: Arc<str>,
    queue: mpsc::Sender<Job>,
}

impl Runner {
    /// A runner over `store`, and the task that does its work, for the runtime to spawn. One per
    /// process and store: two work correctly, and get in each other's way.
    pub fn new(store: Store, options: RunnerOptions) -> (Self, RunnerTask) {
        let (queue, waiting) = mpsc::channel(options.queue.max(1));
        let service = store.service().into();
        (Self { service, queue }, RunnerTask::new(store, options, waiting))
    }

    /// Runs a command to its end. Dropping the future withdraws it, unless the runner has taken it.
    pub async fn run<C: Command>(
        &self,
        call: Call,
        command: C,
    ) -> Result<Done<C::Reply>, RunError<C::Error>> {
        let mut needs = Needs::default();
        command.needs(&mut needs);
        self.run_with(call, needs, move |work: &mut Work<'_>| command.decide(work)).await
    }

    /// The same for a command told as what it needs and a closure that decides it.
    pub async fn run_with<R, E>(
        &self,
        call: Call,
        needs: Needs,
        decide: impl Fn(&mut Work<'_>) -> Result<R, E> + Send + Sync + 'static,
    ) -> Result<Done<R>, RunError<E>>
    where
        R: Message + Default + 'static,
        E: Fault,
    {
        if in_transaction() {
            let what = "a command was handed in inside a write transaction".to_owned();
            return Err(RunnerError::Defect(Defect(what)).into());
        }
        let span = trace::command_span(&self.service, &call.rpc);
        let call = within(call, &span);
        let (answer, answered) = oneshot::channel();
        let job = Job::new(call, needs, decide, answer);
        let repeatable = job.request.is_some();
        let withdrawal = Withdrawal(Arc::clone(&job.claim));
        self.queue.try_send(job).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => RunnerError::QueueFull,
            mpsc::error::TrySendError::Closed(_) => RunnerError::Stopping,
        })?;
        match answered.instrument(span).await {
            Ok(answer) => answer,
            Err(_) if withdrawal.0.was_taken() => Err(unknown(repeatable).into()),
            Err(_) => Err(RunnerError::Stopping.into()),
        }
    }
}

/// The call, with what its events carry: the command's own span, where it is traced.
fn within(call: Call, span: &Span) -> Call {
    match trace::traceparent_of(span) {
        untraced if untraced.is_empty() => call,
        traceparent => Call { traceparent, ..call },
    }
}

/// The task ended in the middle of the command's batch.
fn unknown(repeatable: bool) -> RunnerError {
    RunnerError::OutcomeUnknown { repeatable, cause: Arc::new(sqlx::Error::WorkerCrashed) }
}

/// Withdraws the command when its caller goes.
struct Withdrawal(Arc<Claim>);

impl Drop for Withdrawal {
    fn drop(&mut self) {
        self.0.withdraw();
    }
}
