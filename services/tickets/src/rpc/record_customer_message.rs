//! RecordCustomerMessage: keeps what the customer said. A message with the same source and id is never
//! kept twice; one for a closed ticket makes the ticket that follows it up.

use kefu_api_common::wire;
use kefu_api_tickets::v1::{RecordCustomerMessageRequest, RecordCustomerMessageResponse};
use kefu_kernel::{Call, Id};
use kefu_store::runner::{Command, Needs, Work};

use super::{create_ticket, decode, encode};
use crate::Error;
use crate::domain::ids::{MessageId, TicketId};
use crate::domain::ticket::{FollowUp, Said};
use crate::domain::words::Channel;
use crate::domain::{Context, Ticket};
use crate::service::{Done, Tickets, save};
use crate::store::message;

/// The kind of the natural key that a message's source and id make, for its ticket.
const MESSAGE_KEY: &str = "message";

pub async fn run(
    tickets: &Tickets,
    call: Call,
    request: RecordCustomerMessageRequest,
) -> Done<RecordCustomerMessageResponse> {
    let command = Record {
        tickets: tickets.clone(),
        ticket: decode::id("ticket_id", &request.ticket_id).map_err(super::refused)?,
        body: request.body,
        channel: decode::channel(request.channel),
        source: request.source,
        external_id: request.external_id,
        sent_at: request.sent_at,
    };
    Ok(tickets.runner.run(call, command).await?.reply)
}

struct Record {
    tickets: Tickets,
    ticket: TicketId,
    body: String,
    channel: Option<Channel>,
    source: String,
    external_id: Option<String>,
    sent_at: Option<prost_types::Timestamp>,
}

impl Record {
    /// The message's own name. A source that is left out is the ticket's: then the ticket's id stands
    /// for it.
    fn key(&self) -> Option<String> {
        let id = self.external_id.as_ref()?;
        Some(match self.source.as_str() {
            "" => format!("{}/{id}", self.ticket),
            source => format!("{source}/{id}"),
        })
    }
}

impl Command for Record {
    type Reply = RecordCustomerMessageResponse;
    type Error = Error;

    fn needs(&self, needs: &mut Needs) {
        needs.load::<Ticket>(self.ticket.uuid());
        needs.numbers(create_ticket::NUMBER, 1);
        if let Some(key) = self.key() {
            needs.key::<Ticket>(MESSAGE_KEY, key);
        }
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<RecordCustomerMessageResponse, Error> {
        let ticket = work.get::<Ticket>(self.ticket.uuid())?;
        let key = self.key();
        if let Some(by) = key.as_ref().and_then(|key| work.key(MESSAGE_KEY, key)) {
            let by = work.find::<Ticket>(by).map(|ticket| ticket.id().to_string());
            return Err(Error::DuplicateMessage { by });
        }
        let rules = self.tickets.rules.load();
        let actor = work.principal().id.clone();
        let context = Context { rules: &rules, now: work.now(), actor: &actor };
        let said = Said {
            id: MessageId::from(work.new_id()),
            body: self.body.clone(),
            channel: self.channel,
            source: self.source.clone(),
            external_id: self.external_id.clone(),
            sent_at: self.sent_at.as_ref().map(wire::instant),
        };
        let follow_up = FollowUp {
            id: TicketId::from(work.new_id()),
            number: work.number(create_ticket::NUMBER),
        };
        let (after, events, said) = ticket.customer_message(&context, said, follow_up)?;
        let after = save(work, after, events);
        work.append(&message::Model::of(&said));
        if let Some(key) = key {
            work.claim(MESSAGE_KEY, &key, after.head.id)?;
        }
        Ok(RecordCustomerMessageResponse {
            message: Some(encode::message(&said)),
            ticket: Some(encode::basic_ticket(&after)),
        })
    }
}
