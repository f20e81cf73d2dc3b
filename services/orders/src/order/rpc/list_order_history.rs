//! ListOrderHistory: the order's events, each with what it changed.

use std::sync::Arc;

use kefu_api_events::v1::OrderFacts;
use kefu_api_orders::v1::{ListOrderHistoryRequest, ListOrderHistoryResponse};
use kefu_kernel::id;
use kefu_outbox::{HistoryRequest, history};
use kefu_rpc::CallContext;

use super::get_order;
use crate::Result;
use crate::domain::ids::OrderId;
use crate::service::Orders;

pub async fn run(
    orders: &Orders,
    call: Arc<CallContext>,
    request: ListOrderHistoryRequest,
) -> Result<ListOrderHistoryResponse> {
    let id: OrderId = id::read("order_id", &request.order_id)?;
    get_order::seen(orders, &call, id).await?;
    let asked = HistoryRequest {
        id,
        order_by: &request.order_by,
        page_size: request.page_size,
        page_token: &request.page_token,
        full: true,
    };
    let page =
        history::<OrderFacts, _>(&orders.store, &orders.pages, call.principal(), &asked).await?;
    Ok(ListOrderHistoryResponse { entries: page.entries, next_page_token: page.next_page_token })
}
