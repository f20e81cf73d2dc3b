//! ListCustomers: a page by key over a declared index, or the newest hits of the search index.

use std::collections::HashMap;
use std::sync::Arc;

use kefu_api_common::v1::View;
use kefu_api_customers::v1::{Customer, ListCustomersRequest, ListCustomersResponse};
use kefu_rpc::CallContext;
use kefu_store::filter::Value;
use kefu_store::page::{ListRequest, Page};
use kefu_store::runner::ids_in;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryTrait};
use uuid::Uuid;

use super::{encode, get_customer};
use crate::Result;
use crate::customer::store::aggregate;
use crate::customer::store::customer::{Column, Entity, Model};
use crate::customer::store::resource::{SEARCH, in_sight, resource};
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Arc<CallContext>,
    request: ListCustomersRequest,
) -> Result<ListCustomersResponse> {
    let resource = resource(&customers.rules);
    let constants = [("now", Value::Time(customers.store.ambient().now()))];
    let list = customers.pages.list(
        &resource,
        &ListRequest {
            filter: &request.filter,
            constants: &constants,
            order_by: &request.order_by,
            page_size: request.page_size,
            page_token: &request.page_token,
            parent: "",
            beside: None,
        },
    )?;
    let visible = visible(&call, &request.filter);
    let reader = customers.store.reader();
    let rows = Query::select().from(Entity).cond_where(visible.clone()).to_owned();
    let mut search_incomplete = false;
    let page: Page<Model> = match list.search(rows) {
        Some(find) => {
            let hits = SEARCH.find(reader, &find).await?;
            search_incomplete = hits.incomplete;
            let found = Entity::find().filter(ids_in(Column::Id, &hits.ids));
            let found = if hits.ids.is_empty() { Vec::new() } else { found.all(reader).await? };
            let mut by_id: HashMap<_, _> = found.into_iter().map(|row| (row.id, row)).collect();
            let rows = hits.ids.iter().filter_map(|id| by_id.remove(id)).collect();
            list.page_of_hits(rows, &hits)
        }
        None => {
            let mut query = Entity::find().filter(visible);
            list.apply(QueryTrait::query(&mut query));
            list.page(query.all(reader).await?)
        }
    };
    let shown = if request.view() == View::Full {
        let found = aggregate::with_parts(reader, page.rows).await?;
        found.iter().map(|customer| encode::full(customer, &customers.rules)).collect()
    } else {
        let ids: Vec<Uuid> = page.rows.iter().map(|row| row.id).collect();
        let shown = page.rows.iter().map(encode::basic).collect();
        get_customer::with_tags(customers, shown, &ids).await?
    };
    Customers::note_read(&call, shown.first().map(|one: &Customer| one.id.as_str()), shown.len());
    let next_page_token = page.next_page_token;
    Ok(ListCustomersResponse { customers: shown, next_page_token, search_incomplete })
}

/// What the caller may see; merged ones only where the filter speaks of them.
fn visible(call: &CallContext, filter: &str) -> Condition {
    let sight = in_sight(&call.principal().scope);
    if filter.contains("merged_into_id") {
        return sight;
    }
    Condition::all().add(sight).add(Column::MergedIntoId.is_null())
}
