//! Clocks of follow-ups and traces as the API shows them, and how each deadline came about.

use kefu_api_common::wire;
use kefu_api_orders::v1;
use kefu_kernel::clock::{self, Deadline};
use kefu_kernel::{Calendars, Timestamp};

use crate::Result;
use crate::domain::clocks::ClockKind;

/// Spans told of one clock, at most.
const MOST_SPANS: usize = 1000;

/// A clock.
pub fn shown(of: &Deadline<ClockKind>) -> v1::MatterClock {
    let state = match (of.clock.is_over(), of.clock.is_done(), of.clock.is_paused()) {
        (true, true, _) => v1::ClockState::Met,
        (true, false, _) => v1::ClockState::Stopped,
        (false, _, true) => v1::ClockState::Paused,
        (false, _, false) => v1::ClockState::Running,
    };
    v1::MatterClock {
        kind: of.kind.to_wire(),
        state: state.into(),
        policy: of.policy().0.to_owned(),
        due_at: of.due_at.map(wire::timestamp),
        breached_at: of.breached_at.map(wire::timestamp),
        ended_at: of.clock.ended_at().map(wire::timestamp),
    }
}

/// How each of these came about, by beginning.
///
/// # Errors
///
/// Where a calendar is not known here yet.
pub fn explained(
    clocks: &[Deadline<ClockKind>],
    calendars: &Calendars,
    now: Timestamp,
) -> Result<Vec<v1::ClockExplanation>> {
    let mut in_order: Vec<_> = clocks.iter().collect();
    in_order.sort_by_key(|clock| clock.clock.started_at());
    in_order.into_iter().map(|clock| explanation(clock, calendars, now)).collect()
}

fn explanation(
    of: &Deadline<ClockKind>,
    calendars: &Calendars,
    now: Timestamp,
) -> Result<v1::ClockExplanation> {
    let calendar = of.calendar(calendars)?;
    let reading = of.clock.read(calendar, now)?;
    let explanation = of.explain(calendars, now)?;
    let target = of.clock.target();
    Ok(v1::ClockExplanation {
        clock: Some(shown(of)),
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

fn span(span: clock::ClockSpan) -> v1::ClockSpan {
    let kind = match span.kind {
        clock::SpanKind::Counted => v1::SpanKind::Counted,
        clock::SpanKind::OutsideHours => v1::SpanKind::OutsideHours,
        clock::SpanKind::Holiday => v1::SpanKind::Holiday,
        clock::SpanKind::Paused => v1::SpanKind::Paused,
    };
    v1::ClockSpan {
        from: Some(wire::timestamp(span.from)),
        to: Some(wire::timestamp(span.to)),
        kind: kind.into(),
        counted: Some(wire::duration(span.counted)),
        note: span.note,
    }
}
