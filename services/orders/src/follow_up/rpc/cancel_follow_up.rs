//! CancelFollowUp: ends it without anything having come about.

use kefu_api_orders::v1::{CancelFollowUpRequest, FollowUp};
use kefu_kernel::{Call, id};

use crate::Result;
use crate::domain::ids::FollowUpId;
use crate::service::Orders;

pub async fn run(orders: &Orders, call: Call, request: CancelFollowUpRequest) -> Result<FollowUp> {
    let id: FollowUpId = id::read("follow_up_id", &request.follow_up_id)?;
    let reason = request.reason;
    orders
        .end_following(call, id, &request.etag, move |follow_up, context, clocks| {
            follow_up.cancel(context, clocks, &reason)
        })
        .await
}
