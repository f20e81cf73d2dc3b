//! What intake methods share: each item is judged by itself, and told of by itself.
//!
//! All items are prepared first, many at a time: what they say is checked, what they refer to is looked up.
//! Then they are handed in one after another, so that of two about the same thing the first one comes
//! first; the runner takes them in a few transactions. An item has no idempotency key, it is known again
//! by what it names; the request as a whole has one.

use futures::StreamExt;
use kefu_api_common::v1::ItemViolation;
use kefu_kernel::{Call, Fault, FaultKind, FieldViolation};
use kefu_store::runner::{Command, Needs, RunError, Work};
use prost::Message;

use crate::Error;
use crate::service::{Done, Tickets};

/// Items prepared, and handed in, at a time.
const AT_A_TIME: usize = 128;

/// An item that can be handed in, or why it cannot.
pub(crate) type Prepared<C> = Result<C, Unfit>;

/// Why an item is not handed in.
pub(crate) enum Unfit {
    /// What the item itself says is not in form.
    Form(Vec<FieldViolation>),
    /// What it refers to, or what is wrong with us.
    Other(RunError<Error>),
}

/// What is told of an item.
pub(crate) trait Told: Message + Default + 'static {
    /// It was not taken.
    fn rejected(reason: &str, violations: Vec<ItemViolation>) -> Self;
}

impl From<RunError<Error>> for Unfit {
    fn from(error: RunError<Error>) -> Self {
        Self::Other(error)
    }
}

impl Tickets {
    /// Answers a request whose items `take` takes. One that was answered before under the same
    /// idempotency key gets the same answer, whatever has become of its items since.
    pub(crate) async fn answer_once<R, F>(
        &self,
        call: Call,
        take: impl FnOnce(Call) -> F,
    ) -> Done<R>
    where
        R: Message + Default + Clone + 'static,
        F: Future<Output = Done<R>>,
    {
        if call.request_id.is_none() {
            return take(call).await;
        }
        let unanswered = |_: &mut Work<'_>| Err::<R, _>(Error::Unanswered);
        match self.runner.run_with(call.clone(), Needs::default(), unanswered).await {
            Err(RunError::Refused(Error::Unanswered)) => {}
            answered => return Ok(answered?.reply),
        }
        let answer = take(Call { request_id: None, ..call.clone() }).await?;
        let keep = move |_: &mut Work<'_>| Ok::<_, Error>(answer.clone());
        Ok(self.runner.run_with(call, Needs::default(), keep).await?.reply)
    }

    /// Takes items; what is told of each, in their order.
    pub(crate) async fn take<C, P>(
        &self,
        call: &Call,
        items: impl Iterator<Item = P>,
    ) -> Done<Vec<C::Reply>>
    where
        C: Command<Error = Error>,
        C::Reply: Told,
        P: Future<Output = Prepared<C>>,
    {
        let prepared = futures::stream::iter(items).buffered(AT_A_TIME);
        let prepared: Vec<Prepared<C>> = prepared.collect().await;
        let judged = prepared.into_iter().map(|item| self.judge(call.clone(), item));
        let judged = futures::stream::iter(judged).buffered(AT_A_TIME);
        judged.collect::<Vec<Done<C::Reply>>>().await.into_iter().collect()
    }

    async fn judge<C>(&self, call: Call, item: Prepared<C>) -> Done<C::Reply>
    where
        C: Command<Error = Error>,
        C::Reply: Told,
    {
        let judged = match item {
            Ok(command) => self.runner.run(call, command).await.map(|done| done.reply),
            Err(Unfit::Form(violations)) => {
                return Ok(C::Reply::rejected("VALIDATION_FAILED", told(violations)));
            }
            Err(Unfit::Other(error)) => Err(error),
        };
        match judged {
            // What is wrong with the item is told with the item; what is wrong with us fails the call.
            Err(RunError::Refused(error)) if is_the_items(error.kind()) => {
                let mut violations = told(error.field_violations());
                if violations.is_empty() {
                    let description = error.to_string();
                    violations.push(ItemViolation { description, ..ItemViolation::default() });
                }
                Ok(C::Reply::rejected(error.reason(), violations))
            }
            judged => judged,
        }
    }
}

fn is_the_items(kind: FaultKind) -> bool {
    use FaultKind::{Exists, Invalid, NotFound, RuleBroken};
    matches!(kind, Invalid | NotFound | Exists | RuleBroken)
}

fn told(violations: Vec<FieldViolation>) -> Vec<ItemViolation> {
    violations.into_iter().map(ItemViolation::from).collect()
}
