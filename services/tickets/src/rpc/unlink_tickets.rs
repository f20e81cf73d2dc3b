//! UnlinkTickets: takes a link away, as it was made.

use kefu_api_tickets::v1::{Ticket, UnlinkTicketsRequest};
use kefu_kernel::{Call, Id};
use kefu_store::runner::Target;

use super::decode;
use crate::domain::ids::TicketId;
use crate::service::{Done, Tickets};

pub async fn run(tickets: &Tickets, call: Call, request: UnlinkTicketsRequest) -> Done<Ticket> {
    let id: TicketId = decode::id("ticket_id", &request.ticket_id).map_err(super::refused)?;
    let other = decode::id("other_ticket_id", &request.other_ticket_id).map_err(super::refused)?;
    let kind = decode::link_kind(request.kind).map_err(super::refused)?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    tickets.change(call, target, move |ticket, context| ticket.unlink(context, kind, other)).await
}
