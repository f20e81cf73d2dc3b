//! AddTicketNote: adds an internal note, which the customer never sees.

use kefu_api_tickets::v1::{AddTicketNoteRequest, Message};
use kefu_kernel::{Call, id};

use super::encode;
use crate::Result;
use crate::domain::ids::{MessageId, TicketId};
use crate::service::Tickets;

pub async fn run(tickets: &Tickets, call: Call, request: AddTicketNoteRequest) -> Result<Message> {
    let id: TicketId = id::read("ticket_id", &request.ticket_id)?;
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
