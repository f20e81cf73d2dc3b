//! One step of a ticket in the making: the state as it becomes, and the events told so far.

use kefu_api_events::v1 as events;
use kefu_api_events::{ClockLog, FactsEvent, Subject, Tale};
use kefu_kernel::Timestamp;

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
    pub(super) clocks: ClockLog<'a>,
    tale: Tale<Ticket>,
}

impl Subject for Ticket {
    type Facts = events::TicketFacts;

    fn subject_id(&self) -> String {
        self.id().to_string()
    }

    fn facts(&self) -> events::TicketFacts {
        facts(self)
    }

    fn changed(before: &Self, now: &Self) -> Vec<String> {
        changed(before, now)
    }
}

impl<'a> Change<'a> {
    /// Begins to change a ticket. A closed one is refused. What its clocks have to tell by now is told
    /// first, so that a breach always comes before what ends it.
    pub(super) fn begin(ticket: &Ticket, context: &'a Context<'a>) -> Result<Self, Error> {
        if ticket.category == Category::Closed {
            return Err(Error::Closed(ticket.id()));
        }
        let mut change = Self::of(ticket, context);
        change.tell_overdue()?;
        Ok(change)
    }

    /// Begins with a ticket as it is.
    pub(super) fn of(ticket: &Ticket, context: &'a Context<'a>) -> Self {
        Self::with(ticket.clone(), Tale::of(ticket), context)
    }

    /// Begins with a ticket that comes into being: nothing was before its first event.
    pub(super) fn new(ticket: Ticket, context: &'a Context<'a>) -> Self {
        Self::with(ticket, Tale::of_new(), context)
    }

    fn with(ticket: Ticket, tale: Tale<Ticket>, context: &'a Context<'a>) -> Self {
        let now = context.now.max(ticket.head.updated_at);
        Self { context, now, ticket, clocks: ClockLog::new(&context.calendars, now), tale }
    }

    /// The type of the ticket.
    pub(super) fn kind(&self) -> Result<&'a TicketType, Error> {
        self.context.rules.ticket_type(&self.ticket.kind)
    }

    /// Tells an event: everything that changed since the one before.
    pub(super) fn tell(&mut self, payload: impl FactsEvent<Facts = events::TicketFacts>) {
        self.tale.tell(&self.ticket, self.clocks.take(), payload);
    }

    /// The end of the step.
    pub(super) fn done(self) -> Decision {
        debug_assert!(self.clocks.is_empty(), "every change of a clock is told");
        Ok((self.ticket, self.tale.into_events()))
    }
}
