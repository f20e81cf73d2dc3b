//! ReplyToTicket: answers the customer.

use kefu_api_tickets::v1::{Message, ReplyToTicketRequest};
use kefu_kernel::Call;

use super::{decode, encode};
use crate::domain::ids::{MessageId, TicketId};
use crate::service::{Done, Tickets};

pub async fn run(tickets: &Tickets, call: Call, request: ReplyToTicketRequest) -> Done<Message> {
    let id: TicketId = decode::id("ticket_id", &request.ticket_id).map_err(super::refused)?;
    let channel = decode::channel(request.channel);
    let body = request.body;
    tickets
        .contribute(
            call,
            id,
            move |ticket, context, work| {
                ticket.reply(context, MessageId::from(work.new_id()), body.clone(), channel)
            },
            |_, message| encode::message(message),
        )
        .await
}
