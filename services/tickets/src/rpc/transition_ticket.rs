//! TransitionTicket: takes a ticket to another state of its type.

use kefu_api_tickets::v1::{Ticket, TransitionTicketRequest};
use kefu_kernel::{Call, Id};
use kefu_rpc::context;
use kefu_store::runner::Target;

use super::decode;
use crate::domain::ids::TicketId;
use crate::domain::ticket::Move;
use crate::service::{Done, Tickets};

pub async fn run(tickets: &Tickets, call: Call, request: TransitionTicketRequest) -> Done<Ticket> {
    let id: TicketId = decode::id("ticket_id", &request.ticket_id).map_err(super::refused)?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    let to = Move {
        state: request.state,
        reason: request.reason,
        cause: request.cause,
        resolution: request.resolution,
        fields: decode::fields(request.fields),
    };
    let caller = context::current().map(|call| call.caller().clone());
    let roles = tickets.roles.clone();
    let holds = move |permission: &str| {
        caller.as_ref().is_some_and(|caller| roles.allow(caller, permission))
    };
    tickets
        .change(call, target, move |ticket, context| ticket.transition(context, to.clone(), &holds))
        .await
}
