//! RecordCallEvents: takes in what a telephone system tells, each event judged by itself. What is known
//! already is a duplicate and changes nothing.
//!
//! The events of one request are taken in the order in which they happened, whatever order they are told
//! in: so none makes a call look unanswered whose answer stands further down.

use kefu_api_common::v1::{ItemOutcome, ItemViolation};
use kefu_api_common::{Validate, wire};
use kefu_api_tickets::v1::call_event::What;
use kefu_api_tickets::v1::{
    self, CallEventResult, RecordCallEventsRequest, RecordCallEventsResponse,
};
use kefu_kernel::{InvalidFields, UnknownReference, id};
use kefu_runtime::directory::References;
use kefu_runtime::intake;
use kefu_store::runner::{Command, ExternalKey, Needs, Work};

use crate::domain::Call;
use crate::domain::call::{Answer, CallEvent, HangUp, Ring};
use crate::domain::ids::CallId;
use crate::service::Tickets;
use crate::{Error, Result};

/// The kind of the natural key that a call's exchange and id make.
const CALL_KEY: &str = "call";

pub async fn run(
    tickets: &Tickets,
    call: kefu_kernel::Call,
    request: RecordCallEventsRequest,
) -> Result<RecordCallEventsResponse> {
    intake::answer_once(&tickets.runner, call, |call| take(tickets, call, request)).await
}

async fn take(
    tickets: &Tickets,
    call: kefu_kernel::Call,
    request: RecordCallEventsRequest,
) -> Result<RecordCallEventsResponse> {
    let mut events: Vec<(i32, v1::CallEvent)> = (0..).zip(request.events).collect();
    events.sort_by_key(|(_, event)| happened(event));
    let places: Vec<i32> = events.iter().map(|(place, _)| *place).collect();
    let known = tickets.directory.references(&call.principal.scope);
    let items = events.into_iter().map(|(_, event)| prepare(tickets, &known, event));
    let results = intake::take(&tickets.runner, &call, items, rejected).await?;
    let results = places.into_iter().zip(results);
    let mut results: Vec<CallEventResult> =
        results.map(|(event, result)| CallEventResult { event, ..result }).collect();
    results.sort_by_key(|result| result.event);
    Ok(RecordCallEventsResponse { results })
}

/// When it happened, and of what happened at one moment what comes first.
fn happened(event: &v1::CallEvent) -> (Option<kefu_kernel::Timestamp>, u8) {
    let step = match event.what {
        Some(What::Ring(_)) => 0,
        Some(What::Answer(_)) => 1,
        Some(What::HangUp(_)) | None => 2,
    };
    (event.at.as_ref().map(wire::instant), step)
}

async fn prepare(
    tickets: &Tickets,
    known: &References<'_>,
    event: v1::CallEvent,
) -> Result<Record> {
    event.validate().map_err(InvalidFields)?;
    let command = record(tickets, event)?;
    match &command.event {
        CallEvent::Ring(ring) => known.branch("ring.branch_id", ring.branch).await?,
        CallEvent::Answer(answer) => known.person("answer.agent_id", Some(answer.agent)).await?,
        CallEvent::HangUp(_) => {}
    }
    Ok(command)
}

fn rejected(reason: &str, violations: Vec<ItemViolation>) -> CallEventResult {
    let (outcome, reason) = (ItemOutcome::Rejected.into(), reason.to_owned());
    CallEventResult { outcome, reason, violations, ..CallEventResult::default() }
}

fn record(tickets: &Tickets, told: v1::CallEvent) -> Result<Record> {
    let key = ExternalKey::of(CALL_KEY, &told.exchange, Some(&told.external_id))?;
    let at = told.at.as_ref().map(wire::instant).unwrap_or_default();
    let event = match told.what {
        Some(What::Ring(ring)) => CallEvent::Ring(Ring {
            at,
            line: ring.line,
            caller_phone: ring.caller_phone,
            branch: id::read_optional("ring.branch_id", ring.branch_id.as_deref())?,
        }),
        Some(What::Answer(answer)) => {
            let agent = id::read("answer.agent_id", &answer.agent_id)?;
            CallEvent::Answer(Answer { at, agent })
        }
        Some(What::HangUp(end)) => CallEvent::HangUp(HangUp { at, by_caller: end.by_caller }),
        None => return Err(InvalidFields::one("what", "oneof.required", "is required").into()),
    };
    let (exchange, external_id) = (told.exchange, told.external_id);
    Ok(Record { tickets: tickets.clone(), key, exchange, external_id, event })
}

struct Record {
    tickets: Tickets,
    key: ExternalKey,
    exchange: String,
    external_id: String,
    event: CallEvent,
}

impl Command for Record {
    type Reply = CallEventResult;
    type Error = Error;

    fn needs(&self, needs: &mut Needs) {
        self.key.need::<Call>(needs);
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<CallEventResult> {
        let known = self.key.bearer::<Call>(work);
        let before = match &known {
            Some(Some(call)) => call.as_ref().clone(),
            // Another branch's: no more is told than that the name is not the caller's to use.
            Some(None) => {
                return Err(UnknownReference::new("external_id", &self.external_id).into());
            }
            None => {
                let id = CallId::from(work.new_id());
                Call::unknown(id, &self.exchange, &self.external_id, work.now())
            }
        };
        let (call, events) = before.record(&self.tickets.context(work), self.event.clone())?;
        let mut result = CallEventResult {
            outcome: ItemOutcome::Duplicate.into(),
            call_id: Some(call.id().to_string()),
            ..CallEventResult::default()
        };
        if events.is_empty() {
            return Ok(result);
        }
        result.outcome = ItemOutcome::Accepted.into();
        if known.is_none() {
            self.key.claim(work, call.head.id)?;
        }
        work.save(call, events);
        Ok(result)
    }
}
