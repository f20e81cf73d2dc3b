//! RecordCustomerMessage: keeps what the customer said. A message with the same source and id is never
//! kept twice; one for a closed ticket makes the ticket that follows it up.

use kefu_api_common::wire;
use kefu_api_tickets::v1::{RecordCustomerMessageRequest, RecordCustomerMessageResponse};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::{ExternalKey, Needs, Work};

use super::create_ticket::NUMBER;
use super::encode;
use crate::domain::ids::{MessageId, TicketId};
use crate::domain::ticket::{FollowUp, Said};
use crate::domain::words::Channel;
use crate::domain::{self, Ticket};
use crate::service::Tickets;
use crate::store::message;
use crate::{Error, Result};

/// The kind of the natural key that a message's source and id make, for its ticket.
const MESSAGE_KEY: &str = "message";

pub async fn run(
    tickets: &Tickets,
    call: Call,
    request: RecordCustomerMessageRequest,
) -> Result<RecordCustomerMessageResponse> {
    let id: TicketId = id::read("ticket_id", &request.ticket_id)?;
    // A source that is left out is the ticket's: then the ticket's id stands for it.
    let source = if request.source.is_empty() { &request.ticket_id } else { &request.source };
    let key = ExternalKey::of(MESSAGE_KEY, source, request.external_id.as_deref())?;
    let mut needs = Needs::default();
    needs.load::<Ticket>(id.uuid());
    needs.numbers(NUMBER, 1);
    key.need::<Ticket>(&mut needs);
    let this = tickets.clone();
    let decide = move |work: &mut Work<'_>| {
        let ticket = work.get::<Ticket>(id.uuid())?;
        if let Some(with) = key.bearer::<Ticket>(work) {
            let with = with.map(|ticket| ticket.id());
            return Err(domain::Error::DuplicateMessage { with }.into());
        }
        let said = said(work, &request);
        let follow_up = FollowUp { id: TicketId::from(work.new_id()), number: work.number(NUMBER) };
        let (after, events, said) =
            ticket.customer_message(&this.context(work), said, follow_up)?;
        let after = work.save(after, events);
        work.append(&message::Model::of(&said));
        key.claim(work, after.head.id)?;
        Ok::<_, Error>(RecordCustomerMessageResponse {
            message: Some(encode::message(&said)),
            ticket: Some(encode::basic_ticket(&after)),
        })
    };
    Ok(tickets.runner.run_with(call, needs, decide).await?.reply)
}

fn said(work: &Work<'_>, request: &RecordCustomerMessageRequest) -> Said {
    Said {
        id: MessageId::from(work.new_id()),
        body: request.body.clone(),
        channel: Channel::from_wire(request.channel),
        source: request.source.clone(),
        external_id: request.external_id.clone(),
        sent_at: request.sent_at.as_ref().map(wire::instant),
    }
}
