//! RecordCallEvents: takes in what a telephone system tells, each event judged by itself. Events of one
//! call are taken in their order; what is known already is a duplicate and changes nothing.

use futures::StreamExt;
use kefu_api_common::v1::{ItemOutcome, ItemViolation};
use kefu_api_common::{Validate, wire};
use kefu_api_tickets::v1::call_event::What;
use kefu_api_tickets::v1::{
    self, CallEventResult, RecordCallEventsRequest, RecordCallEventsResponse,
};
use kefu_kernel::{Fault, Id};
use kefu_store::runner::{Command, Needs, RunError, Work};

use super::import_tickets::matters_to_the_item;
use super::{create_ticket, decode};
use crate::Error;
use crate::domain::call::{Answer, CallEvent, HangUp, Ring};
use crate::domain::ids::CallId;
use crate::domain::{self, Call, Context};
use crate::service::{CALL_TIMER, Done, Tickets};

/// The kind of the natural key that a call's exchange and id make.
const CALL_KEY: &str = "call";
/// Events handed in at a time.
const AT_A_TIME: usize = 128;

pub async fn run(
    tickets: &Tickets,
    call: kefu_kernel::Call,
    request: RecordCallEventsRequest,
) -> Done<RecordCallEventsResponse> {
    let events = request.events.into_iter().enumerate().map(|(index, event)| {
        // An event has no idempotency key of its own: what it says is known afterwards.
        let call = kefu_kernel::Call { request_id: None, ..call.clone() };
        async move { one(tickets, call, index, event).await }
    });
    let results: Vec<Result<CallEventResult, RunError<Error>>> =
        futures::stream::iter(events).buffered(AT_A_TIME).collect().await;
    let results = results.into_iter().collect::<Result<_, _>>()?;
    Ok(RecordCallEventsResponse { results })
}

async fn one(
    tickets: &Tickets,
    call: kefu_kernel::Call,
    index: usize,
    event: v1::CallEvent,
) -> Result<CallEventResult, RunError<Error>> {
    let mut result = CallEventResult {
        event: i32::try_from(index).unwrap_or(i32::MAX),
        ..CallEventResult::default()
    };
    if let Err(violations) = event.validate() {
        result.outcome = ItemOutcome::Rejected.into();
        result.reason = "VALIDATION_FAILED".to_owned();
        result.violations = violations.into_iter().map(ItemViolation::from).collect();
        return Ok(result);
    }
    let judged = async {
        let command = record(tickets, event).map_err(super::refused)?;
        match &command.event {
            CallEvent::Ring(ring) => tickets.know_branch("ring.branch_id", ring.branch).await?,
            CallEvent::Answer(answer) => {
                tickets.know_person("answer.agent_id", Some(answer.agent)).await.map(drop)?;
            }
            CallEvent::HangUp(_) => {}
        }
        tickets.runner.run(call, command).await
    };
    match judged.await {
        Ok(done) => {
            result.outcome = done.reply.outcome;
            result.call_id = done.reply.call_id;
        }
        Err(error) if matters_to_the_item(error.kind()) => {
            result.outcome = ItemOutcome::Rejected.into();
            result.reason = error.reason().to_owned();
            result.violations =
                error.field_violations().into_iter().map(ItemViolation::from).collect();
        }
        Err(error) => return Err(error),
    }
    Ok(result)
}

fn record(tickets: &Tickets, told: v1::CallEvent) -> Result<Record, domain::Error> {
    let at = told.at.as_ref().map(wire::instant).unwrap_or_default();
    let event = match told.what {
        Some(What::Ring(ring)) => CallEvent::Ring(Ring {
            at,
            line: ring.line,
            caller_phone: ring.caller_phone,
            branch: decode::optional_id("ring.branch_id", ring.branch_id.as_ref())?,
        }),
        Some(What::Answer(answer)) => {
            let agent = decode::id("answer.agent_id", &answer.agent_id)?;
            CallEvent::Answer(Answer { at, agent })
        }
        Some(What::HangUp(end)) => CallEvent::HangUp(HangUp { at, by_caller: end.by_caller }),
        None => return Err(domain::Error::invalid("what", "oneof.required", "is required")),
    };
    let (exchange, external_id) = (told.exchange, told.external_id);
    Ok(Record { tickets: tickets.clone(), exchange, external_id, event })
}

struct Record {
    tickets: Tickets,
    exchange: String,
    external_id: String,
    event: CallEvent,
}

impl Command for Record {
    type Reply = CallEventResult;
    type Error = Error;

    fn needs(&self, needs: &mut Needs) {
        let key = create_ticket::external_key(&self.exchange, &self.external_id);
        needs.key::<Call>(CALL_KEY, key);
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<CallEventResult, Error> {
        let key = create_ticket::external_key(&self.exchange, &self.external_id);
        let rules = self.tickets.rules.load();
        let actor = work.principal().id.clone();
        let context = Context { rules: &rules, now: work.now(), actor: &actor };
        let known = work.key(CALL_KEY, &key);
        let before = match known {
            Some(id) => work.get::<Call>(id)?.as_ref().clone(),
            None => {
                let id = CallId::from(work.new_id());
                Call::unknown(id, &self.exchange, &self.external_id, work.now())
            }
        };
        let (call, events) = before.record(&context, self.event.clone())?;
        let mut result = CallEventResult {
            outcome: ItemOutcome::Duplicate.into(),
            call_id: Some(call.id().to_string()),
            ..CallEventResult::default()
        };
        if events.is_empty() {
            return Ok(result);
        }
        result.outcome = ItemOutcome::Accepted.into();
        match call.wakes_at() {
            Some(at) => work.set_timer(CALL_TIMER, call.head.id, "", at),
            None => work.cancel_timer(CALL_TIMER, call.head.id, ""),
        }
        if known.is_none() {
            work.claim(CALL_KEY, &key, call.id().uuid())?;
        }
        work.save(call, events);
        Ok(result)
    }
}
