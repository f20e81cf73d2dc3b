//! ListCalls: a page of calls by key over a declared index.

use std::sync::{Arc, LazyLock};

use kefu_api_tickets::v1::{ListCallsRequest, ListCallsResponse};
use kefu_rpc::CallContext;
use kefu_store::filter::Resource;
use kefu_store::in_sight;
use kefu_store::page::ListRequest;
use sea_orm::{EntityTrait, QueryFilter, QueryTrait};

use super::encode;
use crate::Result;
use crate::service::Tickets;
use crate::store::call::{self, Entity};

pub async fn run(
    tickets: &Tickets,
    caller: Arc<CallContext>,
    request: ListCallsRequest,
) -> Result<ListCallsResponse> {
    static CALLS: LazyLock<Resource> = LazyLock::new(call::resource);
    let list = tickets.pages.list(
        &CALLS,
        &ListRequest {
            filter: &request.filter,
            order_by: &request.order_by,
            page_size: request.page_size,
            page_token: &request.page_token,
            ..ListRequest::default()
        },
    )?;
    let seen = in_sight(&caller.principal().scope, call::Column::BranchId);
    let mut query = Entity::find().filter(seen);
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(tickets.store.reader()).await?);
    let now = tickets.store.ambient().now();
    let calls = call::with_clocks(tickets.store.reader(), page.rows).await?;
    Ok(ListCallsResponse {
        calls: calls.iter().map(|call| encode::call(call, now)).collect(),
        next_page_token: page.next_page_token,
    })
}
