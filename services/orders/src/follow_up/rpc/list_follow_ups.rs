//! ListFollowUps: a page by key over a declared index.

use std::sync::{Arc, LazyLock};

use kefu_api_common::v1::View;
use kefu_api_orders::v1::{ListFollowUpsRequest, ListFollowUpsResponse};
use kefu_rpc::CallContext;
use kefu_store::filter::Resource;
use kefu_store::page::ListRequest;
use sea_orm::{EntityTrait, QueryFilter, QueryTrait};

use super::encode;
use crate::Result;
use crate::follow_up::store::{self, Entity};
use crate::service::Orders;

pub async fn run(
    orders: &Orders,
    call: Arc<CallContext>,
    request: ListFollowUpsRequest,
) -> Result<ListFollowUpsResponse> {
    static FOLLOW_UPS: LazyLock<Resource> = LazyLock::new(store::resource);
    let list = orders.pages.list(
        &FOLLOW_UPS,
        &ListRequest {
            filter: &request.filter,
            order_by: &request.order_by,
            page_size: request.page_size,
            page_token: &request.page_token,
            ..ListRequest::default()
        },
    )?;
    let reader = orders.store.reader();
    let mut query = Entity::find().filter(store::in_sight(&call.principal().scope));
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(reader).await?);
    let view = if request.view() == View::Full { View::Full } else { View::Basic };
    let found = store::with_parts(reader, page.rows).await?;
    Ok(ListFollowUpsResponse {
        follow_ups: found.iter().map(|of| encode::viewed(of, view)).collect(),
        next_page_token: page.next_page_token,
    })
}
