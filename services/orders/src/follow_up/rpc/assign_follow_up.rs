//! AssignFollowUp: makes somebody else answer for it.

use kefu_api_orders::v1::{AssignFollowUpRequest, FollowUp};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::Target;

use crate::Result;
use crate::domain::ids::{FollowUpId, PersonId};
use crate::service::Orders;

pub async fn run(orders: &Orders, call: Call, request: AssignFollowUpRequest) -> Result<FollowUp> {
    let id: FollowUpId = id::read("follow_up_id", &request.follow_up_id)?;
    let responsible: PersonId = id::read("responsible_id", &request.responsible_id)?;
    orders.directory.know_person("responsible_id", Some(responsible)).await?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    let reason = request.reason;
    orders
        .follow(call, target, move |follow_up, context, clocks| {
            follow_up.assign(context, clocks, responsible, &reason)
        })
        .await
}
