//! TransitionTicket: takes a ticket to another state of its type.

use kefu_api_common::field;
use kefu_api_tickets::v1::{Ticket, TransitionTicketRequest};
use kefu_kernel::{Call, Id, id};
use kefu_rpc::context;
use kefu_store::runner::Target;

use crate::Result;
use crate::domain::ids::TicketId;
use crate::domain::ticket::Move;
use crate::service::Tickets;

pub async fn run(
    tickets: &Tickets,
    call: Call,
    request: TransitionTicketRequest,
) -> Result<Ticket> {
    let id: TicketId = id::read("ticket_id", &request.ticket_id)?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    let to = Move {
        state: request.state,
        reason: request.reason,
        cause: request.cause,
        resolution: request.resolution,
        fields: field::read_all(request.fields),
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
