//! ReplyToTicket: answers the customer.

use kefu_api_tickets::v1::{Message, ReplyToTicketRequest};
use kefu_kernel::{Call, id};

use super::encode;
use crate::Result;
use crate::domain::ids::{MessageId, TicketId};
use crate::domain::words::Channel;
use crate::service::Tickets;

pub async fn run(tickets: &Tickets, call: Call, request: ReplyToTicketRequest) -> Result<Message> {
    let id: TicketId = id::read("ticket_id", &request.ticket_id)?;
    let channel = Channel::from_wire(request.channel);
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
