//! ExplainClaimClocks: how each deadline of a claim came about.

use std::sync::Arc;

use kefu_api_claims::v1::{
    ClockExplanation, ClockSpan, ExplainClaimClocksRequest, ExplainClaimClocksResponse, SpanKind,
};
use kefu_api_common::wire;
use kefu_kernel::{Calendars, Timestamp, clock, id};
use kefu_rpc::CallContext;

use super::{encode, get_claim};
use crate::Result;
use crate::claim::domain::ClaimClock;
use crate::claim::store::aggregate;
use crate::domain::ids::ClaimId;
use crate::service::Claims;

/// Spans told of one clock, at most.
const MOST_SPANS: usize = 1000;

pub async fn run(
    claims: &Claims,
    call: Arc<CallContext>,
    request: ExplainClaimClocksRequest,
) -> Result<ExplainClaimClocksResponse> {
    let id: ClaimId = id::read("claim_id", &request.claim_id)?;
    let row = get_claim::seen(claims, &call, id).await?;
    let found = aggregate::with_parts(claims.store.reader(), vec![row]).await?;
    let calendars = claims.directory.calendars();
    let now = claims.store.ambient().now();
    let mut clocks = Vec::new();
    for clock in found.iter().flat_map(|claim| &claim.clocks) {
        if request.episode == 0 || clock.episode == request.episode {
            clocks.push(explained(clock, &calendars, now)?);
        }
    }
    Ok(ExplainClaimClocksResponse { clocks })
}

fn explained(of: &ClaimClock, calendars: &Calendars, now: Timestamp) -> Result<ClockExplanation> {
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
