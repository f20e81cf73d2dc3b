//! GetFollowUp: one follow-up.

use std::sync::Arc;

use kefu_api_orders::v1::{self, GetFollowUpRequest};
use kefu_kernel::{Id, id};
use kefu_rpc::CallContext;
use kefu_store::runner::NotFound;
use sea_orm::{EntityTrait, QueryFilter};

use super::encode;
use crate::Result;
use crate::domain::ids::FollowUpId;
use crate::follow_up::domain::FollowUp;
use crate::follow_up::store::{self, Entity};
use crate::service::Orders;

pub async fn run(
    orders: &Orders,
    call: Arc<CallContext>,
    request: GetFollowUpRequest,
) -> Result<v1::FollowUp> {
    let id: FollowUpId = id::read("follow_up_id", &request.follow_up_id)?;
    Ok(encode::viewed(&seen(orders, &call, id).await?, request.view()))
}

/// The follow-up, where the caller may see it.
pub(super) async fn seen(orders: &Orders, call: &CallContext, id: FollowUpId) -> Result<FollowUp> {
    let reader = orders.store.reader();
    let in_sight = store::in_sight(&call.principal().scope);
    let row = Entity::find_by_id(id.uuid()).filter(in_sight).one(reader).await?;
    let found = store::with_parts(reader, row.into_iter().collect()).await?.pop();
    Ok(found.ok_or(NotFound { kind: "followup", id: id.uuid() })?)
}
