//! The conversation: public replies, internal notes, and what the customer said.

use kefu_api_events::v1 as events;
use kefu_kernel::{NewEvent, Timestamp};

use crate::domain::error::Error;
use crate::domain::ids::{MessageId, TicketId};
use crate::domain::message::Message;
use crate::domain::rules::Context;
use crate::domain::words::{Category, Channel, ClockKind, LinkKind, MessageKind};

use super::change::Change;
use super::create::New;
use super::{Link, Ticket, TicketClock};

/// What a contribution comes to: the ticket, the events, and the message that is kept.
type Contribution = Result<(Ticket, Vec<NewEvent>, Message), Error>;

/// What the customer said.
#[derive(Clone, Debug)]
pub struct Said {
    /// The message's id, made for it.
    pub id: MessageId,
    /// The text.
    pub body: String,
    /// By which way it came; none: as the ticket came.
    pub channel: Option<Channel>,
    /// From where it came; empty: as the ticket.
    pub source: String,
    /// Its id in that source.
    pub external_id: Option<String>,
    /// When it was said or sent; none: now.
    pub sent_at: Option<Timestamp>,
}

/// What a follow-up ticket is made with, should the one addressed be closed.
#[derive(Clone, Copy, Debug)]
pub struct FollowUp {
    /// Its id.
    pub id: TicketId,
    /// Its number.
    pub number: i64,
}

/// The clocks that an answer to the customer meets.
const ANSWERED: [ClockKind; 3] =
    [ClockKind::FirstAnswer, ClockKind::NextReply, ClockKind::FirstResponse];

impl Ticket {
    /// Answers the customer, and meets the clocks that wait for an answer. A new ticket is taken up with
    /// it. `channel`: by which way it goes out; none: as the ticket came.
    pub fn reply(
        &self,
        context: &Context<'_>,
        id: MessageId,
        body: String,
        channel: Option<Channel>,
    ) -> Contribution {
        let mut change = Change::begin(self, context)?;
        let channel = channel.unwrap_or(self.channel);
        let first_of_episode = change.ticket.episode().first_replied_at.is_none();
        let now = change.now;
        change.ticket.present_episode().first_replied_at.get_or_insert(now);
        change.meet(&ANSWERED, now)?;
        change.tell(events::TicketReplied {
            message_id: id.to_string(),
            first_of_episode,
            channel: events::Channel::from(channel).into(),
            ..Default::default()
        });
        change.take_up("replied")?;
        let message = change.message(id, MessageKind::PublicReply, channel, body);
        let (ticket, events) = change.done()?;
        Ok((ticket, events, message))
    }

    /// Adds an internal note, which the customer never sees.
    pub fn note(&self, context: &Context<'_>, id: MessageId, body: String) -> Contribution {
        let mut change = Change::begin(self, context)?;
        change.tell(events::TicketNoted { message_id: id.to_string(), ..Default::default() });
        let message = change.message(id, MessageKind::InternalNote, self.channel, body);
        let (ticket, events) = change.done()?;
        Ok((ticket, events, message))
    }

    /// Records what the customer said. A waiting ticket goes on, a solved one is reopened; a closed one
    /// stays as it is, and the ticket that comes back is a new one that follows it up.
    pub fn customer_message(
        &self,
        context: &Context<'_>,
        said: Said,
        follow_up: FollowUp,
    ) -> Contribution {
        if said.sent_at.is_some_and(|at| at > context.now) {
            return Err(Error::invalid("sent_at", "in_future", "is later than now"));
        }
        if self.category != Category::Closed {
            return Change::begin(self, context)?.hear(said);
        }
        let mut change = Change::register(context, self.successor(context, follow_up, &said)?)?;
        change.add_link(Link {
            kind: LinkKind::FollowUp,
            other: self.id(),
            created_at: context.now,
        });
        change.hear(said)
    }

    /// What is known of the ticket that follows up this closed one.
    fn successor(&self, context: &Context<'_>, ids: FollowUp, said: &Said) -> Result<New, Error> {
        let required = |code: &String| {
            let kind = context.rules.types().get(&self.kind);
            kind.and_then(|kind| kind.field(code)).is_some_and(|field| field.required)
        };
        let fields = self.fields.clone().into_iter().filter(|(code, _)| required(code));
        Ok(New {
            id: ids.id,
            number: ids.number,
            kind: self.kind.clone(),
            channel: said.channel.unwrap_or(self.channel),
            source: self.source.clone(),
            external_id: None,
            subject: self.subject.clone(),
            description: String::new(),
            requester: self.requester.clone(),
            language: self.language.clone(),
            cause: String::new(),
            impact: self.impact,
            urgency: self.urgency,
            branch: self.branch(),
            department: self.department,
            assignee: None,
            call: None,
            fields: fields.collect(),
        })
    }
}

impl Change<'_> {
    /// The customer said something: the ticket goes on, and they are owed an answer.
    fn hear(mut self, said: Said) -> Contribution {
        match self.ticket.category {
            Category::Solved => self.reopen("customer_message")?,
            Category::Pending | Category::OnHold => self.go_on("customer_message")?,
            Category::New | Category::Open | Category::Closed => {}
        }
        let owed = |clock: &TicketClock| ANSWERED.contains(&clock.kind) && !clock.clock.is_over();
        if !self.ticket.clocks.iter().any(owed) {
            self.start_clocks(&[ClockKind::NextReply], self.now)?;
        }
        let channel = said.channel.unwrap_or(self.ticket.channel);
        self.tell(events::TicketCustomerReplied {
            message_id: said.id.to_string(),
            channel: events::Channel::from(channel).into(),
            external_id: said.external_id.clone(),
            ..Default::default()
        });
        let mut message = self.message(said.id, MessageKind::CustomerMessage, channel, said.body);
        message.source = if said.source.is_empty() { message.source } else { said.source };
        message.external_id = said.external_id;
        message.sent_at = said.sent_at.unwrap_or(self.now);
        let (ticket, events) = self.done()?;
        Ok((ticket, events, message))
    }

    /// A message of the present episode, sent now.
    pub(super) fn message(
        &self,
        id: MessageId,
        kind: MessageKind,
        channel: Channel,
        body: String,
    ) -> Message {
        Message {
            id,
            ticket: self.ticket.id(),
            kind,
            channel,
            author: self.context.actor.to_owned(),
            body,
            source: self.ticket.source.clone(),
            external_id: None,
            sent_at: self.now,
            episode: self.ticket.episode().number,
        }
    }
}
