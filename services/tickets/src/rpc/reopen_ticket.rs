//! ReopenTicket: takes a solved ticket up again; its next episode begins.

use kefu_api_tickets::v1::{ReopenTicketRequest, Ticket};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::Target;

use crate::Result;
use crate::domain::ids::TicketId;
use crate::service::Tickets;

pub async fn run(tickets: &Tickets, call: Call, request: ReopenTicketRequest) -> Result<Ticket> {
    let id: TicketId = id::read("ticket_id", &request.ticket_id)?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    let reason = request.reason;
    tickets.change(call, target, move |ticket, context| ticket.reopen(context, &reason)).await
}
