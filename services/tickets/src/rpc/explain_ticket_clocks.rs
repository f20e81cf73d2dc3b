//! ExplainTicketClocks: how each deadline of a ticket came about.

use std::sync::Arc;
use std::time::Duration;

use kefu_api_common::wire;
use kefu_api_tickets::v1::{
    ClockExplanation, ClockSpan, ExplainTicketClocksRequest, ExplainTicketClocksResponse, SpanKind,
};
use kefu_kernel::Timestamp;
use kefu_kernel::calendar::Closed;
use kefu_kernel::clock::Step;
use kefu_rpc::CallContext;

use super::{decode, encode, get_ticket};
use crate::Error;
use crate::domain::ids::TicketId;
use crate::domain::rules::Calendars;
use crate::domain::ticket::TicketClock;
use crate::service::Tickets;
use crate::store::ticket_aggregate;

/// Spans told of one clock, at most.
const MOST_SPANS: usize = 1000;

pub async fn run(
    tickets: &Tickets,
    call: Arc<CallContext>,
    request: ExplainTicketClocksRequest,
) -> Result<ExplainTicketClocksResponse, Error> {
    let id: TicketId = decode::id("ticket_id", &request.ticket_id)?;
    let row = get_ticket::seen(tickets, &call, id).await?;
    let found = ticket_aggregate::with_parts(tickets.store.reader(), vec![row]).await?;
    let rules = tickets.rules.load();
    let now = tickets.store.ambient().now();
    let mut clocks = Vec::new();
    for clock in found.iter().flat_map(|ticket| &ticket.clocks) {
        if request.episode == 0 || clock.episode == request.episode {
            clocks.push(explained(clock, rules.calendars(), now)?);
        }
    }
    Ok(ExplainTicketClocksResponse { clocks })
}

fn explained(
    clock: &TicketClock,
    calendars: &Calendars,
    now: Timestamp,
) -> Result<ClockExplanation, Error> {
    let calendar = clock.calendar(calendars)?;
    let reading = clock.clock.read(calendar, now).map_err(crate::domain::Error::from)?;
    let explanation = clock.explain(calendars, now)?;
    let target = clock.clock.target();
    Ok(ClockExplanation {
        clock: Some(encode::clock(clock)),
        policy_version: i32::try_from(target.policy_version).unwrap_or(i32::MAX),
        calendar_id: target.allowance.is_working().then(|| target.calendar.clone()),
        calendar_revision: i32::try_from(target.calendar_revision).unwrap_or(i32::MAX),
        time_zone: calendar.zone().name().to_owned(),
        target: Some(wire::duration(reading.allowed)),
        elapsed: Some(wire::duration(reading.used)),
        started_at: Some(wire::timestamp(clock.clock.started_at())),
        spans: spans(&explanation.steps),
        summary: explanation.sentences(calendar.zone()).join(" "),
    })
}

fn spans(steps: &[Step]) -> Vec<ClockSpan> {
    let mut spans = Vec::new();
    let mut paused: Option<(Timestamp, String)> = None;
    for step in steps {
        if let Some((from, reason)) = paused.take() {
            match step {
                Step::Paused { .. } | Step::Reached { .. } | Step::Retargeted { .. } => {
                    paused = Some((from, reason));
                }
                other => {
                    spans.push(span(from, other.at(), SpanKind::Paused, Duration::ZERO, reason));
                }
            }
        }
        match step {
            Step::Counted { from, to } => {
                spans.push(span(*from, *to, SpanKind::Counted, to.since(*from), String::new()));
            }
            Step::Skipped { from, to, why } => {
                let (kind, note) = match why {
                    Closed::OutsideHours | Closed::DayOff => {
                        (SpanKind::OutsideHours, String::new())
                    }
                    Closed::Holiday(name) => (SpanKind::Holiday, name.clone()),
                };
                spans.push(span(*from, *to, kind, Duration::ZERO, note));
            }
            Step::Condensed { from, to, counted } => {
                let note = "several working times and the breaks between them".to_owned();
                spans.push(span(*from, *to, SpanKind::Counted, *counted, note));
            }
            Step::Paused { at, reason } => paused = Some((*at, reason.clone())),
            _ => {}
        }
    }
    spans.truncate(MOST_SPANS);
    spans
}

fn span(
    from: Timestamp,
    to: Timestamp,
    kind: SpanKind,
    counted: Duration,
    note: String,
) -> ClockSpan {
    ClockSpan {
        from: Some(wire::timestamp(from)),
        to: Some(wire::timestamp(to)),
        kind: kind.into(),
        counted: Some(wire::duration(counted)),
        note,
    }
}
