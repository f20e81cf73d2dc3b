//! ListOrders: a page by key over a declared index.

use std::sync::Arc;

use kefu_api_common::v1::View;
use kefu_api_orders::v1::{ListOrdersRequest, ListOrdersResponse};
use kefu_rpc::CallContext;
use kefu_store::page::ListRequest;
use sea_orm::{EntityTrait, QueryFilter, QueryTrait};

use super::encode;
use crate::Result;
use crate::order::store::resource::{in_sight, resource};
use crate::order::store::{aggregate, order};
use crate::service::Orders;

pub async fn run(
    orders: &Orders,
    call: Arc<CallContext>,
    request: ListOrdersRequest,
) -> Result<ListOrdersResponse> {
    let resource = resource(&orders.types);
    let list = orders.pages.list(
        &resource,
        &ListRequest {
            filter: &request.filter,
            order_by: &request.order_by,
            page_size: request.page_size,
            page_token: &request.page_token,
            ..ListRequest::default()
        },
    )?;
    let reader = orders.store.reader();
    let mut query = order::Entity::find().filter(in_sight(&call.principal().scope));
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(reader).await?);
    let orders = if request.view() == View::Full {
        aggregate::with_parts(reader, page.rows).await?.iter().map(encode::full).collect()
    } else {
        page.rows.iter().map(encode::basic).collect()
    };
    Ok(ListOrdersResponse { orders, next_page_token: page.next_page_token })
}
