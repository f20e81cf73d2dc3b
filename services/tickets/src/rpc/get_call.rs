//! GetCall: one call, with the tickets that were registered from it.

use std::sync::Arc;

use kefu_api_tickets::v1::{self, GetCallRequest};
use kefu_kernel::{Id, id};
use kefu_rpc::CallContext;
use kefu_store::runner::NotFound;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::encode;
use crate::Result;
use crate::domain::ids::CallId;
use crate::service::Tickets;
use crate::store::resource::in_sight;
use crate::store::{call, ticket};

/// Tickets told of one call.
const MOST_TICKETS: u64 = 100;

pub async fn run(
    tickets: &Tickets,
    caller: Arc<CallContext>,
    request: GetCallRequest,
) -> Result<v1::Call> {
    let id: CallId = id::read("call_id", &request.call_id)?;
    let missing = NotFound { kind: "call", id: id.uuid() };
    let reader = tickets.store.reader();
    let row = call::Entity::find_by_id(id.uuid()).one(reader).await?;
    let row = row.filter(|row| caller.principal().scope.admits(row.branch_id));
    let row = row.ok_or_else(|| missing.clone())?;
    let found = call::with_clocks(reader, vec![row]).await?.pop().ok_or(missing)?;
    let mut shown = encode::call(&found, tickets.store.ambient().now());
    let of_it: Vec<uuid::Uuid> = ticket::Entity::find()
        .select_only()
        .column(ticket::Column::Id)
        .filter(ticket::Column::CallId.eq(id.uuid()))
        .filter(in_sight(&caller.principal().scope))
        .order_by_asc(ticket::Column::Id)
        .limit(MOST_TICKETS)
        .into_tuple()
        .all(reader)
        .await?;
    shown.ticket_ids = of_it.into_iter().map(|uuid| id::encode("ticket", uuid)).collect();
    Ok(shown)
}
