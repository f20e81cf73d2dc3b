//! ListCarriers: a page of carriers, by code.

use std::sync::LazyLock;

use kefu_api_orders::v1::{ListCarriersRequest, ListCarriersResponse};
use kefu_store::filter::Resource;
use kefu_store::page::ListRequest;
use sea_orm::{EntityTrait, QueryTrait};

use super::convert;
use crate::Result;
use crate::carrier::domain::Carrier;
use crate::carrier::store::{self, Entity};
use crate::service::Orders;

pub async fn run(orders: &Orders, request: ListCarriersRequest) -> Result<ListCarriersResponse> {
    static CARRIERS: LazyLock<Resource> = LazyLock::new(store::resource);
    let list = orders.pages.list(
        &CARRIERS,
        &ListRequest {
            filter: if request.show_inactive { "" } else { "active" },
            order_by: "code",
            page_size: request.page_size,
            page_token: &request.page_token,
            ..ListRequest::default()
        },
    )?;
    let mut query = Entity::find();
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(orders.store.reader()).await?);
    let found: std::result::Result<Vec<Carrier>, _> =
        page.rows.into_iter().map(store::carrier).collect();
    Ok(ListCarriersResponse {
        carriers: found?.iter().map(convert::shown).collect(),
        next_page_token: page.next_page_token,
    })
}
