//! GetOrder: one order, BASIC in one statement.

use std::sync::Arc;

use kefu_api_common::v1::View;
use kefu_api_orders::v1::{self, GetOrderRequest};
use kefu_kernel::{Id, id};
use kefu_rpc::CallContext;
use kefu_store::runner::NotFound;
use sea_orm::{EntityTrait, QueryFilter};

use super::encode;
use crate::Result;
use crate::domain::ids::OrderId;
use crate::order::store::{aggregate, order, resource};
use crate::service::Orders;

pub async fn run(
    orders: &Orders,
    call: Arc<CallContext>,
    request: GetOrderRequest,
) -> Result<v1::Order> {
    let id: OrderId = id::read("order_id", &request.order_id)?;
    let row = seen(orders, &call, id).await?;
    if request.view() == View::Basic {
        return Ok(encode::basic(&row));
    }
    let found = aggregate::with_parts(orders.store.reader(), vec![row]).await?;
    let shown = found.first().map(encode::full);
    Ok(shown.ok_or(NotFound { kind: "order", id: id.uuid() })?)
}

/// The order's row, where the caller may see it.
pub(super) async fn seen(orders: &Orders, call: &CallContext, id: OrderId) -> Result<order::Model> {
    let row = order::Entity::find_by_id(id.uuid())
        .filter(resource::in_sight(&call.principal().scope))
        .one(orders.store.reader())
        .await?;
    Ok(row.ok_or(NotFound { kind: "order", id: id.uuid() })?)
}
