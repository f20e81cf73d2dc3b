//! Follow-ups as the API shows them.

use kefu_api_common::v1::View;
use kefu_api_common::wire;
use kefu_api_orders::v1;

use crate::clocks;
use crate::follow_up::domain::{Check, FollowUp};

/// How many of its checks are told.
const CHECKS: usize = 500;

/// A follow-up with everything.
pub fn full(follow_up: &FollowUp) -> v1::FollowUp {
    viewed(follow_up, View::Full)
}

/// A follow-up in a view; unspecified: FULL.
pub fn viewed(of: &FollowUp, view: View) -> v1::FollowUp {
    let shown = v1::FollowUp {
        id: of.id().to_string(),
        etag: of.head.etag(),
        kind: of.kind.clone(),
        state: of.state.to_wire(),
        order_id: of.order.to_string(),
        shipment_id: of.shipment.map(|shipment| shipment.to_string()),
        customer_id: of.customer.map(|customer| customer.to_string()),
        branch_id: of.branch().map(|branch| branch.to_string()),
        responsible_id: of.responsible.to_string(),
        next_check_at: of.next_check_at.map(wire::timestamp),
        check_count: i32::try_from(of.checks.len()).unwrap_or(i32::MAX),
        breached: of.breached,
        created_by: of.created_by.clone(),
        created_at: Some(wire::timestamp(of.head.created_at)),
        updated_at: Some(wire::timestamp(of.head.updated_at)),
        ended_at: of.ended_at.map(wire::timestamp),
        cancel_reason: of.cancel_reason.clone(),
        ..v1::FollowUp::default()
    };
    if view == View::Basic {
        return shown;
    }
    let skipped = of.checks.len().saturating_sub(CHECKS);
    v1::FollowUp {
        checks: of.checks.iter().skip(skipped).map(check).collect(),
        clocks: of.clocks.iter().map(clocks::shown).collect(),
        ..shown
    }
}

fn check(check: &Check) -> v1::FollowUpCheck {
    v1::FollowUpCheck {
        number: check.number,
        outcome: check.outcome.clone(),
        note: check.note.clone(),
        checked_at: Some(wire::timestamp(check.checked_at)),
        checked_by: check.checked_by.clone(),
        next_check_at: check.next_check_at.map(wire::timestamp),
    }
}
