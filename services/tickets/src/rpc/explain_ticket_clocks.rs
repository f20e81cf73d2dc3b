//! ExplainTicketClocks: how each deadline of a ticket came about.

use std::sync::Arc;

use kefu_api_common::wire;
use kefu_api_tickets::v1::{
    ClockExplanation, ClockSpan, ExplainTicketClocksRequest, ExplainTicketClocksResponse, SpanKind,
};
use kefu_kernel::{Calendars, Timestamp, clock, id};
use kefu_rpc::CallContext;

use super::{encode, get_ticket};
use crate::Result;
use crate::domain::ids::TicketId;
use crate::domain::ticket::TicketClock;
use crate::service::Tickets;
use crate::store::ticket_aggregate;

/// Spans told of one clock, at most.
const MOST_SPANS: usize = 1000;

pub async fn run(
    tickets: &Tickets,
    call: Arc<CallContext>,
    request: ExplainTicketClocksRequest,
) -> Result<ExplainTicketClocksResponse> {
    let id: TicketId = id::read("ticket_id", &request.ticket_id)?;
    let row = get_ticket::seen(tickets, &call, id).await?;
    let found = ticket_aggregate::with_parts(tickets.store.reader(), vec![row]).await?;
    let calendars = tickets.directory.calendars();
    let now = tickets.store.ambient().now();
    let mut clocks = Vec::new();
    for clock in found.iter().flat_map(|ticket| &ticket.clocks) {
        if request.episode == 0 || clock.episode == request.episode {
            clocks.push(explained(clock, &calendars, now)?);
        }
    }
    Ok(ExplainTicketClocksResponse { clocks })
}

fn explained(of: &TicketClock, calendars: &Calendars, now: Timestamp) -> Result<ClockExplanation> {
    let calendar = of.calendar(calendars)?;
    let reading = of.clock.read(calendar, now)?;
    let explanation = of.explain(calendars, now)?;
    let target = of.clock.target();
    Ok(ClockExplanation {
        clock: Some(encode::clock(of)),
        policy_version: i32::try_from(target.policy_version).unwrap_or(i32::MAX),
        calendar_id: target.allowance.is_working().then(|| target.calendar.clone()),
        calendar_revision: i32::try_from(target.calendar_revision).unwrap_or(i32::MAX),
        time_zone: calendar.zone().name().to_owned(),
        target: Some(wire::duration(reading.allowed)),
        elapsed: Some(wire::duration(reading.used)),
        started_at: Some(wire::timestamp(of.clock.started_at())),
        spans: explanation.spans(MOST_SPANS).into_iter().map(span).collect(),
        summary: explanation.sentences(calendar.zone()).join(" "),
    })
}

fn span(span: clock::ClockSpan) -> ClockSpan {
    let kind = match span.kind {
        clock::SpanKind::Counted => SpanKind::Counted,
        clock::SpanKind::OutsideHours => SpanKind::OutsideHours,
        clock::SpanKind::Holiday => SpanKind::Holiday,
        clock::SpanKind::Paused => SpanKind::Paused,
    };
    ClockSpan {
        from: Some(wire::timestamp(span.from)),
        to: Some(wire::timestamp(span.to)),
        kind: kind.into(),
        counted: Some(wire::duration(span.counted)),
        note: span.note,
    }
}
