//! AddTicketNote: adds an internal note, which the customer never sees.

use kefu_api_tickets::v1::{AddTicketNoteRequest, Message};
use kefu_kernel::Call;

use super::{decode, encode};
use crate::domain::ids::{MessageId, TicketId};
use crate::service::{Done, Tickets};

pub async fn run(tickets: &Tickets, call: Call, request: AddTicketNoteRequest) -> Done<Message> {
    let id: TicketId = decode::id("ticket_id", &request.ticket_id).map_err(super::refused)?;
    let body = request.body;
    tickets
        .contribute(
            call,
            id,
            move |ticket, context, work| {
                ticket.note(context, MessageId::from(work.new_id()), body.clone())
            },
            |_, message| encode::message(message),
        )
        .await
}
