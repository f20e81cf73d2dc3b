//! AssignTicket: gives a ticket to somebody to work on, or takes it off.

use kefu_api_tickets::v1::{AssignTicketRequest, Ticket};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::Target;

use crate::Result;
use crate::domain::ids::{PersonId, TicketId};
use crate::service::Tickets;

pub async fn run(tickets: &Tickets, call: Call, request: AssignTicketRequest) -> Result<Ticket> {
    let id: TicketId = id::read("ticket_id", &request.ticket_id)?;
    let assignee: Option<PersonId> =
        id::read_optional("assignee_id", request.assignee_id.as_deref())?;
    tickets.directory.know_person("assignee_id", assignee).await?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    tickets.change(call, target, move |ticket, context| ticket.assign(context, assignee)).await
}
