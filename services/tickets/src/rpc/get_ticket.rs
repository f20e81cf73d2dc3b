//! GetTicket: one ticket, BASIC in one statement.

use std::sync::Arc;

use kefu_api_common::v1::View;
use kefu_api_common::wire;
use kefu_api_events::v1 as words;
use kefu_api_tickets::v1::{self, GetTicketRequest};
use kefu_kernel::{Id, Timestamp};
use kefu_rpc::CallContext;
use kefu_store::runner::NotFound;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{decode, encode};
use crate::Error;
use crate::domain::ids::TicketId;
use crate::domain::words::LinkKind;
use crate::service::Tickets;
use crate::store::resource::in_sight;
use crate::store::{link, ticket, ticket_aggregate};

pub async fn run(
    tickets: &Tickets,
    call: Arc<CallContext>,
    request: GetTicketRequest,
) -> Result<v1::Ticket, Error> {
    let id: TicketId = decode::id("ticket_id", &request.ticket_id)?;
    let row = seen(tickets, &call, id).await?;
    if request.view() == View::Basic {
        return Ok(encode::basic_row(&row));
    }
    let reader = tickets.store.reader();
    let found = ticket_aggregate::with_parts(reader, vec![row]).await?.pop();
    let found = found.ok_or(NotFound { kind: "ticket", id: id.uuid() })?;
    let mut shown = encode::full_ticket(&found);
    let back = link::Entity::find().filter(link::Column::OtherId.eq(id.uuid()));
    for row in back.all(reader).await? {
        let Some(kind) = LinkKind::from_name(&row.kind) else { continue };
        shown.links.push(v1::TicketLink {
            kind: words::LinkKind::from(kind).into(),
            other_ticket_id: TicketId::from(row.ticket_id).to_string(),
            from_other: true,
            created_at: Some(wire::timestamp(Timestamp::from_millis(row.created_at))),
        });
    }
    Ok(shown)
}

/// The ticket's row, where the caller may see it.
pub(super) async fn seen(
    tickets: &Tickets,
    call: &CallContext,
    id: TicketId,
) -> Result<ticket::Model, Error> {
    let row = ticket::Entity::find_by_id(id.uuid())
        .filter(in_sight(&call.principal().scope))
        .one(tickets.store.reader())
        .await?;
    Ok(row.ok_or(NotFound { kind: "ticket", id: id.uuid() })?)
}
