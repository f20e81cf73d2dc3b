//! RecordFollowUpCheck: records a check with its note, and plans the next or ends it.

use kefu_api_common::wire;
use kefu_api_orders::v1::record_follow_up_check_request::Next as WireNext;
use kefu_api_orders::v1::{FollowUp, RecordFollowUpCheckRequest};
use kefu_kernel::{Call, id};

use crate::Result;
use crate::domain::ids::FollowUpId;
use crate::follow_up::domain::{Checked, Next};
use crate::service::Orders;

pub async fn run(
    orders: &Orders,
    call: Call,
    request: RecordFollowUpCheckRequest,
) -> Result<FollowUp> {
    let id: FollowUpId = id::read("follow_up_id", &request.follow_up_id)?;
    let next = match &request.next {
        Some(WireNext::NextCheckAt(at)) => Next::At(wire::instant(at)),
        Some(WireNext::Done(_)) | None => Next::Done,
    };
    let made = Checked {
        outcome: request.outcome,
        note: request.note,
        checked_at: request.checked_at.as_ref().map(wire::instant),
        next,
    };
    orders
        .end_following(call, id, &request.etag, move |follow_up, context, clocks| {
            follow_up.check(context, clocks, made.clone())
        })
        .await
}
