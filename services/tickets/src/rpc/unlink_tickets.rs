//! UnlinkTickets: takes a link away, as it was made.

use kefu_api_tickets::v1::{Ticket, UnlinkTicketsRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::Target;

use super::decode;
use crate::Result;
use crate::domain::ids::TicketId;
use crate::service::Tickets;

pub async fn run(tickets: &Tickets, call: Call, request: UnlinkTicketsRequest) -> Result<Ticket> {
    let id: TicketId = id::read("ticket_id", &request.ticket_id)?;
    let other = id::read("other_ticket_id", &request.other_ticket_id)?;
    let kind = decode::link_kind(request.kind)?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    tickets.change(call, target, move |ticket, context| ticket.unlink(context, kind, other)).await
}
