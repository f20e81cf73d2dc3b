//! GetTicket: one ticket, BASIC in one statement.

use std::sync::Arc;

use kefu_api_common::v1::View;
use kefu_api_tickets::v1::{self, GetTicketRequest};
use kefu_kernel::{Id, id};
use kefu_rpc::CallContext;
use kefu_store::runner::NotFound;
use sea_orm::{EntityTrait, QueryFilter};

use super::encode;
use crate::domain::ids::TicketId;
use crate::service::Tickets;
use crate::store::resource::in_sight;
use crate::store::{ticket, ticket_aggregate};
use crate::{Result, links};

pub async fn run(
    tickets: &Tickets,
    call: Arc<CallContext>,
    request: GetTicketRequest,
) -> Result<v1::Ticket> {
    let id: TicketId = id::read("ticket_id", &request.ticket_id)?;
    let row = seen(tickets, &call, id).await?;
    if request.view() == View::Basic {
        return Ok(encode::basic_row(&row));
    }
    let reader = tickets.store.reader();
    let found = ticket_aggregate::with_parts(reader, vec![row]).await?;
    let shown = links::full_tickets(reader, &call.principal().scope, &found).await?.pop();
    Ok(shown.ok_or(NotFound { kind: "ticket", id: id.uuid() })?)
}

/// The ticket's row, where the caller may see it.
pub(super) async fn seen(
    tickets: &Tickets,
    call: &CallContext,
    id: TicketId,
) -> Result<ticket::Model> {
    let row = ticket::Entity::find_by_id(id.uuid())
        .filter(in_sight(&call.principal().scope))
        .one(tickets.store.reader())
        .await?;
    Ok(row.ok_or(NotFound { kind: "ticket", id: id.uuid() })?)
}
