//! One step of a ticket in the making: the state as it becomes, and the events told so far.

use kefu_api_events::v1 as events;
use kefu_kernel::{NewEvent, Timestamp};
use prost::{Message, Name};

use crate::domain::error::Error;
use crate::domain::rules::Context;
use crate::domain::types::TicketType;
use crate::domain::words::Category;

use super::facts::{changed, facts};
use super::{Decision, Ticket};

/// A ticket that is being changed.
pub(super) struct Change<'a> {
    pub(super) context: &'a Context<'a>,
    /// The present moment; never before the ticket's last event, whichever process recorded it.
    pub(super) now: Timestamp,
    /// The ticket as it becomes.
    pub(super) ticket: Ticket,
    /// What became of its clocks since the last event.
    pub(super) clock_changes: Vec<events::ClockChange>,
    /// The ticket as the last event left it.
    told: Ticket,
    events: Vec<NewEvent>,
}

impl<'a> Change<'a> {
    /// Begins to change a ticket. A closed one is refused. What its clocks have to tell by now is told
    /// first, so that a breach always comes before what ends it.
    pub(super) fn begin(ticket: &Ticket, context: &'a Context<'a>) -> Result<Self, Error> {
        if ticket.category == Category::Closed {
            return Err(Error::Closed(ticket.id()));
        }
        let mut change = Self::of(ticket.clone(), context);
        change.tell_overdue()?;
        Ok(change)
    }

    /// Begins with a ticket as it is.
    pub(super) fn of(ticket: Ticket, context: &'a Context<'a>) -> Self {
        let told = ticket.clone();
        let now = context.now.max(ticket.head.updated_at);
        Self { context, now, ticket, clock_changes: Vec::new(), told, events: Vec::new() }
    }

    /// The type of the ticket.
    pub(super) fn kind(&self) -> Result<&'a TicketType, Error> {
        self.context.rules.ticket_type(&self.ticket.kind)
    }

    /// Tells an event: everything that changed since the one before.
    pub(super) fn tell<P: Payload>(&mut self, mut payload: P) {
        let (before, now) = (facts(&self.told), facts(&self.ticket));
        self.clock_changes.sort_by_key(|change| change.clock.as_ref().map(|clock| clock.kind));
        let common = Common {
            ticket_id: self.ticket.id().to_string(),
            former: events::FormerTicketFacts::between(&before, &now).unwrap_or_default(),
            facts: now,
            clock_changes: std::mem::take(&mut self.clock_changes),
        };
        payload.fill(common);
        self.events.push(NewEvent {
            type_name: P::full_name(),
            payload: payload.encode_to_vec(),
            changed: changed(&self.told, &self.ticket),
        });
        self.told = self.ticket.clone();
    }

    /// Tells that the ticket came into being: everything is told as it is, nothing was before.
    pub(super) fn tell_created(&mut self, payload: events::TicketCreated) {
        self.told = self.ticket.clone();
        self.tell(payload);
    }

    /// The end of the step.
    pub(super) fn done(self) -> Decision {
        debug_assert!(self.clock_changes.is_empty(), "every change of a clock is told");
        Ok((self.ticket, self.events))
    }
}

/// What all events of tickets have in common.
pub(super) struct Common {
    ticket_id: String,
    facts: events::TicketFacts,
    former: events::FormerTicketFacts,
    clock_changes: Vec<events::ClockChange>,
}

/// The payload of an event of a ticket.
pub(super) trait Payload: Message + Name {
    fn fill(&mut self, common: Common);
}

macro_rules! payloads {
    ($($name:ident),+ $(,)?) => {
        $(impl Payload for events::$name {
            fn fill(&mut self, common: Common) {
                self.ticket_id = common.ticket_id;
                self.facts = Some(common.facts);
                self.former = Some(common.former);
                self.clock_changes = common.clock_changes;
            }
        })+
    };
}

payloads!(
    TicketCreated,
    TicketUpdated,
    TicketAssigned,
    TicketTransferred,
    TicketStatusChanged,
    TicketReopened,
    TicketReplied,
    TicketNoted,
    TicketCustomerReplied,
    TicketLinked,
    TicketUnlinked,
    TicketClockWarned,
    TicketClockBreached,
);
