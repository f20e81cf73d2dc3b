//! ReopenTicket: takes a solved ticket up again; its next episode begins.

use kefu_api_tickets::v1::{ReopenTicketRequest, Ticket};
use kefu_kernel::{Call, Id};
use kefu_store::runner::Target;

use super::decode;
use crate::domain::ids::TicketId;
use crate::service::{Done, Tickets};

pub async fn run(tickets: &Tickets, call: Call, request: ReopenTicketRequest) -> Done<Ticket> {
    let id: TicketId = decode::id("ticket_id", &request.ticket_id).map_err(super::refused)?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    let reason = request.reason;
    tickets.change(call, target, move |ticket, context| ticket.reopen(context, &reason)).await
}
