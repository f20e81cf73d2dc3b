//! A command as its service writes it, and as the runner handles it once its types are forgotten.

use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use kefu_kernel::{Call, Fault, FaultKind};
use prost::Message;
use tokio::sync::oneshot;

use super::batch::Batch;
use super::error::{Defect, RunError, RunnerError};
use super::needs::{Needs, RequestKey, request_key};
use super::staged::Staged;
use super::work::Work;

/// A change that a caller asks for: what it needs, and the rule that decides it.
pub trait Command: Send + Sync + 'static {
    /// What a success is answered with; stored, so that a repeat gets the same bytes.
    type Reply: Message + Default + 'static;
    /// Why it may be refused.
    type Error: Fault;

    /// Says what must be loaded before it can be decided.
    fn needs(&self, needs: &mut Needs);

    /// Decides: pure, reads what was loaded and stages what changes. It may be called again, over
    /// newer state, when another process changed the same things meanwhile.
    fn decide(&self, work: &mut Work<'_>) -> Result<Self::Reply, Self::Error>;
}

/// A success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done<R> {
    /// The reply.
    pub reply: R,
    /// Whether it is the stored reply of an earlier call with the same idempotency key.
    pub replayed: bool,
}

/// Whether a command waits, was taken by the runner, or was withdrawn by its caller.
#[derive(Default)]
pub(crate) struct Claim(AtomicU8);

const WAITS: u8 = 0;
const TAKEN: u8 = 1;
const WITHDRAWN: u8 = 2;

impl Claim {
    /// The runner takes it; false where the caller was faster.
    pub fn take(&self) -> bool {
        self.0.compare_exchange(WAITS, TAKEN, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// The caller withdraws it; without effect once taken.
    pub fn withdraw(&self) {
        let _ = self.0.compare_exchange(WAITS, WITHDRAWN, Ordering::AcqRel, Ordering::Acquire);
    }

    pub fn was_taken(&self) -> bool {
        self.0.load(Ordering::Acquire) == TAKEN
    }
}

/// A command on its way through the runner.
pub(crate) struct Job {
    pub call: Call,
    pub needs: Needs,
    pub request: Option<RequestKey>,
    pub claim: Arc<Claim>,
    /// Numbers allotted, per kind; the same however often it is decided.
    pub numbers: HashMap<&'static str, Vec<i64>>,
    body: Box<dyn Body>,
}

/// How the decision over one job came out.
pub(crate) enum Outcome {
    /// Accepted or refused by its rule; the job holds reply or error.
    Decided,
    /// Answered before, with these bytes.
    Replay(Arc<Vec<u8>>),
    /// Not carried out.
    Failed(RunnerError),
}

impl Job {
    pub fn new<R, E, F>(
        call: Call,
        needs: Needs,
        decide: F,
        answer: oneshot::Sender<Result<Done<R>, RunError<E>>>,
    ) -> Self
    where
        R: Message + Default + 'static,
        E: Fault,
        F: Fn(&mut Work<'_>) -> Result<R, E> + Send + Sync + 'static,
    {
        Self {
            request: request_key(&call),
            call,
            needs,
            claim: Arc::default(),
            numbers: HashMap::new(),
            body: Box::new(Typed { decide, answer, decided: None }),
        }
    }

    /// Decides over the batch's present state. `Some` holds what was staged and the reply's bytes;
    /// none: refused. A panic or a misuse of [`Work`] is a defect.
    pub fn decide(&mut self, batch: &Batch) -> Result<Option<(Staged, Vec<u8>)>, Defect> {
        let mut work = Work::new(batch, &self.call, &self.needs, &self.numbers);
        let body = &mut self.body;
        let decided = catch_unwind(AssertUnwindSafe(|| body.decide(&mut work)))
            .map_err(|panic| Defect(format!("a rule panicked: {}", panic_text(panic.as_ref()))))?;
        match decided {
            Some(reply) => Ok(Some((work.finish()?, reply))),
            None => Ok(None),
        }
    }

    /// Tells the caller; nothing happens where it has gone. Gives the outcome's name for the metrics.
    pub fn answer(self, outcome: Outcome) -> &'static str {
        self.body.answer(outcome)
    }
}

trait Body: Send + Sync {
    /// The reply's bytes where it accepts.
    fn decide(&mut self, work: &mut Work<'_>) -> Option<Vec<u8>>;
    fn answer(self: Box<Self>, outcome: Outcome) -> &'static str;
}

struct Typed<R, E: Fault, F> {
    decide: F,
    answer: oneshot::Sender<Result<Done<R>, RunError<E>>>,
    decided: Option<Result<R, E>>,
}

impl<R, E, F> Body for Typed<R, E, F>
where
    R: Message + Default + 'static,
    E: Fault,
    F: Fn(&mut Work<'_>) -> Result<R, E> + Send + Sync + 'static,
{
    fn decide(&mut self, work: &mut Work<'_>) -> Option<Vec<u8>> {
        let decided = self.decided.insert((self.decide)(work));
        decided.as_ref().ok().map(Message::encode_to_vec)
    }

    fn answer(self: Box<Self>, outcome: Outcome) -> &'static str {
        let defect = |what: &str| RunError::Runner(RunnerError::Defect(Defect(what.to_owned())));
        let (name, answer) = match outcome {
            Outcome::Decided => match self.decided {
                Some(Ok(reply)) => ("done", Ok(Done { reply, replayed: false })),
                Some(Err(error)) => ("refused", Err(RunError::Refused(error))),
                None => ("failed", Err(defect("a command was answered before it was decided"))),
            },
            Outcome::Replay(bytes) => match R::decode(bytes.as_slice()) {
                Ok(reply) => ("replayed", Ok(Done { reply, replayed: true })),
                Err(_) => ("failed", Err(defect("a stored reply cannot be read"))),
            },
            Outcome::Failed(error) => {
                let aborted = error.kind() == FaultKind::Stale;
                (if aborted { "aborted" } else { "failed" }, Err(RunError::Runner(error)))
            }
        };
        // The caller may have gone; the command ran to its end all the same.
        let _ = self.answer.send(answer);
        name
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a text")
}
