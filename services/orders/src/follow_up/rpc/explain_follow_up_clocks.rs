//! ExplainFollowUpClocks: how each deadline of a follow-up came about.

use std::sync::Arc;

use kefu_api_orders::v1::{ExplainFollowUpClocksRequest, ExplainFollowUpClocksResponse};
use kefu_kernel::id;
use kefu_rpc::CallContext;

use super::get_follow_up;
use crate::domain::ids::FollowUpId;
use crate::service::Orders;
use crate::{Result, clocks};

pub async fn run(
    orders: &Orders,
    call: Arc<CallContext>,
    request: ExplainFollowUpClocksRequest,
) -> Result<ExplainFollowUpClocksResponse> {
    let id: FollowUpId = id::read("follow_up_id", &request.follow_up_id)?;
    let follow_up = get_follow_up::seen(orders, &call, id).await?;
    let (calendars, now) = (orders.directory.calendars(), orders.store.ambient().now());
    let clocks = clocks::explained(&follow_up.clocks, &calendars, now)?;
    Ok(ExplainFollowUpClocksResponse { clocks })
}
