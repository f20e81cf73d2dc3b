//! AssignTicket: gives a ticket to somebody to work on, or takes it off.

use kefu_api_tickets::v1::{AssignTicketRequest, Ticket};
use kefu_kernel::{Call, Id};
use kefu_store::runner::Target;

use super::decode;
use crate::domain::ids::{PersonId, TicketId};
use crate::service::{Done, Tickets};

pub async fn run(tickets: &Tickets, call: Call, request: AssignTicketRequest) -> Done<Ticket> {
    let id: TicketId = decode::id("ticket_id", &request.ticket_id).map_err(super::refused)?;
    let assignee: Option<PersonId> =
        decode::optional_id("assignee_id", request.assignee_id.as_ref()).map_err(super::refused)?;
    tickets.know_person("assignee_id", assignee).await?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    tickets.change(call, target, move |ticket, context| ticket.assign(context, assignee)).await
}
