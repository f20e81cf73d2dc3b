//! ListTickets: a page by key over a declared index, or the newest hits of the search index.

use std::collections::HashMap;
use std::sync::Arc;

use kefu_api_common::v1::View;
use kefu_api_tickets::v1::{self, ListTicketsRequest, ListTicketsResponse};
use kefu_rpc::CallContext;
use kefu_store::page::{ListRequest, Page};
use kefu_store::runner::ids_in;
use sea_orm::sea_query::Query;
use sea_orm::{EntityTrait, QueryFilter, QueryTrait};

use super::encode;
use crate::service::Tickets;
use crate::store::resource::{SEARCH, in_sight, resource};
use crate::store::{ticket, ticket_aggregate};
use crate::{Result, links, views};

pub async fn run(
    tickets: &Tickets,
    call: Arc<CallContext>,
    request: ListTicketsRequest,
) -> Result<ListTicketsResponse> {
    let resource = resource(tickets.rules.types());
    let constants = views::constants(tickets, &call);
    let beside = views::filter(&resource, &request.saved_view, &constants)?;
    let list = tickets.pages.list(
        &resource,
        &ListRequest {
            filter: &request.filter,
            constants: &constants,
            order_by: &request.order_by,
            page_size: request.page_size,
            page_token: &request.page_token,
            parent: &request.saved_view,
            beside,
        },
    )?;
    let scope = &call.principal().scope;
    let reader = tickets.store.reader();
    let rows = Query::select().from(ticket::Entity).cond_where(in_sight(scope)).to_owned();
    let mut search_incomplete = false;
    let page: Page<ticket::Model> = match list.search(rows) {
        Some(find) => {
            let hits = SEARCH.find(reader, &find).await?;
            search_incomplete = hits.incomplete;
            let found = ticket::Entity::find().filter(ids_in(ticket::Column::Id, &hits.ids));
            let found = if hits.ids.is_empty() { Vec::new() } else { found.all(reader).await? };
            let mut by_id: HashMap<_, _> = found.into_iter().map(|row| (row.id, row)).collect();
            let rows = hits.ids.iter().filter_map(|id| by_id.remove(id)).collect();
            list.page_of_hits(rows, &hits)
        }
        None => {
            let mut query = ticket::Entity::find().filter(in_sight(scope));
            list.apply(QueryTrait::query(&mut query));
            list.page(query.all(reader).await?)
        }
    };
    let tickets: Vec<v1::Ticket> = if request.view() == View::Full {
        let found = ticket_aggregate::with_parts(reader, page.rows).await?;
        links::full_tickets(reader, scope, &found).await?
    } else {
        page.rows.iter().map(encode::basic_row).collect()
    };
    Ok(ListTicketsResponse { tickets, next_page_token: page.next_page_token, search_incomplete })
}
