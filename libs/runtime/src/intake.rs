//! What intake methods share: each item of a request is judged by itself, and told of by itself.
//!
//! All items are prepared first, many at a time: what they say is checked, what they refer to is looked up.
//! Then they are handed in one after another, so that of two about the same thing the first one comes
//! first; the runner takes them in a few transactions. An item has no idempotency key, it is known again
//! by what it names; the request as a whole has one.

use futures::StreamExt;
use kefu_api_common::v1::ItemViolation;
use kefu_kernel::{Call, Fault, FaultKind, FieldViolation};
use kefu_store::runner::{Command, Needs, RunError, Runner, Work};
use prost::Message;

use crate::error::{Error, Result};

/// Items prepared, and handed in, at a time.
const AT_A_TIME: usize = 128;

/// Answers a request whose items `take` takes. One that was answered before under the same idempotency key
/// gets the same answer, whatever has become of its items since.
///
/// # Errors
///
/// What `take` answers, and what the runner finds about the idempotency key.
pub async fn answer_once<R, F>(
    runner: &Runner,
    call: Call,
    take: impl FnOnce(Call) -> F,
) -> Result<R>
where
    R: Message + Default + Clone + 'static,
    F: Future<Output = Result<R>>,
{
    if call.request_id.is_none() {
        return take(call).await;
    }
    let unanswered = |_: &mut Work<'_>| Err::<R, _>(Unanswered);
    match runner.run_with(call.clone(), Needs::default(), unanswered).await {
        Ok(answered) => return Ok(answered.reply),
        Err(RunError::Runner(error)) => return Err(error.into()),
        Err(RunError::Refused(Unanswered)) => {}
    }
    let answer = take(Call { request_id: None, ..call.clone() }).await?;
    let keep = move |_: &mut Work<'_>| Ok::<_, Error>(answer.clone());
    Ok(runner.run_with(call, Needs::default(), keep).await?.reply)
}

/// Takes items, each prepared to a command or to why it is none; what is told of each, in their order.
/// `rejected` makes the result of an item that was not taken, of a reason and what is wrong with it.
///
/// # Errors
///
/// Where something is wrong with us, and not with an item.
pub async fn take<C, P>(
    runner: &Runner,
    call: &Call,
    items: impl Iterator<Item = P>,
    rejected: fn(&str, Vec<ItemViolation>) -> C::Reply,
) -> Result<Vec<C::Reply>>
where
    C: Command<Error = Error>,
    P: Future<Output = Result<C>>,
{
    let prepared = futures::stream::iter(items).buffered(AT_A_TIME);
    let prepared: Vec<Result<C>> = prepared.collect().await;
    let judged = prepared.into_iter().map(|item| judge(runner, call.clone(), item, rejected));
    let judged = futures::stream::iter(judged).buffered(AT_A_TIME);
    judged.collect::<Vec<Result<C::Reply>>>().await.into_iter().collect()
}

async fn judge<C: Command<Error = Error>>(
    runner: &Runner,
    call: Call,
    item: Result<C>,
    rejected: fn(&str, Vec<ItemViolation>) -> C::Reply,
) -> Result<C::Reply> {
    let judged = match item {
        Ok(command) => runner.run(call, command).await.map(|done| done.reply).map_err(Error::from),
        Err(error) => Err(error),
    };
    match judged {
        Err(error) if is_the_items(error.kind()) => {
            let mut violations = told(error.field_violations());
            if violations.is_empty() {
                let description = error.to_string();
                violations.push(ItemViolation { description, ..ItemViolation::default() });
            }
            Ok(rejected(error.reason(), violations))
        }
        judged => judged,
    }
}

/// What is wrong with the item is told with the item; what is wrong with us fails the call.
fn is_the_items(kind: FaultKind) -> bool {
    use FaultKind::{Exists, Invalid, NotFound, RuleBroken};
    matches!(kind, Invalid | NotFound | Exists | RuleBroken)
}

fn told(violations: Vec<FieldViolation>) -> Vec<ItemViolation> {
    violations.into_iter().map(ItemViolation::from).collect()
}

/// A request under this idempotency key has not been answered yet. Never leaves this file.
#[derive(Debug, thiserror::Error)]
#[error("not answered yet")]
struct Unanswered;

impl Fault for Unanswered {
    fn kind(&self) -> FaultKind {
        FaultKind::Bug
    }

    fn reason(&self) -> &'static str {
        "INTERNAL"
    }
}
