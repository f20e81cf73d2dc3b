//! A follow-up: one matter of an order that a named person answers for. After each check a note is required,
//! with the next check planned or the end; a check that is not made in time is a breach.

mod verbs;

#[cfg(test)]
mod tests;

use kefu_api_events::wire::timestamp;
use kefu_api_events::{ClockLog, FactsEvent, Subject, Tale, clock_at, v1 as events, words};
use kefu_kernel::clock::{self, Deadline};
use kefu_kernel::{Head, NewEvent, Timestamp, id};

use crate::domain::clocks::{ClockKind, due_at, is_breached};
use crate::domain::ids::{BranchId, CustomerId, FollowUpId, OrderId, PersonId, ShipmentId};
use crate::domain::{Clocks, Context, Error, count};

pub use self::verbs::{Checked, New, Next};

/// What a verb comes to: the follow-up as it becomes, and the events that tell of it, in order. No events:
/// nothing changed.
pub type Decision = Result<(FollowUp, Vec<NewEvent>), Error>;

words! {
    /// How a follow-up stands.
    FollowUpState as FollowUpState {
        /// Its next check is planned.
        Open = "open",
        /// What it followed has come about.
        Done = "done",
        /// There is nothing to follow any more.
        Cancelled = "cancelled",
    }
}

/// The log of one matter of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUp {
    /// Identity, version, branch.
    pub head: Head,
    /// What is followed: `pickup`, `delivery`, `payment`. A code.
    pub kind: String,
    /// How it stands.
    pub state: FollowUpState,
    /// The order.
    pub order: OrderId,
    /// The shipment; none: the whole order.
    pub shipment: Option<ShipmentId>,
    /// Whose order it is.
    pub customer: Option<CustomerId>,
    /// The salesperson or courier who answers for it.
    pub responsible: PersonId,
    /// When the next check is planned; none at its end.
    pub next_check_at: Option<Timestamp>,
    /// Its checks, in order.
    pub checks: Vec<Check>,
    /// Who began it: a principal's id.
    pub created_by: String,
    /// When it was done or cancelled.
    pub ended_at: Option<Timestamp>,
    /// The code of why it was cancelled; empty where it was not.
    pub cancel_reason: String,
    /// The clock of the next check, one after the other.
    pub clocks: Vec<Deadline<ClockKind>>,
    /// Whether a planned check was not made in time; stays, whatever is planned later.
    pub breached: bool,
}

/// One look at a matter. It never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its number, from 1.
    pub number: i32,
    /// What was found. A code.
    pub outcome: String,
    /// The note. Personal data.
    pub note: String,
    /// When it was made.
    pub checked_at: Timestamp,
    /// Who made it: a principal's id.
    pub checked_by: String,
    /// When the next one was planned for; none: it was the last.
    pub next_check_at: Option<Timestamp>,
}

impl FollowUp {
    /// Its id.
    pub fn id(&self) -> FollowUpId {
        FollowUpId::from(self.head.id)
    }

    /// The branch it belongs to.
    pub fn branch(&self) -> Option<BranchId> {
        self.head.branch.map(BranchId::from)
    }

    /// When a clock will next have something to tell, for a durable timer that then calls
    /// [`FollowUp::fire_clocks`].
    pub fn wakes_at(&self) -> Option<Timestamp> {
        clock::wakes_at(&self.clocks)
    }
}

impl Subject for FollowUp {
    type Facts = events::FollowUpFacts;

    fn subject_id(&self) -> String {
        self.id().to_string()
    }

    fn facts(&self) -> events::FollowUpFacts {
        events::FollowUpFacts {
            kind: self.kind.clone(),
            state: self.state.to_wire(),
            order_id: self.order.to_string(),
            shipment_id: id::text(self.shipment),
            customer_id: id::text(self.customer),
            branch_id: id::text(self.branch()),
            responsible_id: self.responsible.to_string(),
            checks: count(self.checks.len()),
            created_at: Some(timestamp(self.head.created_at)),
            next_check_at: self.next_check_at.map(timestamp),
            ended_at: self.ended_at.map(timestamp),
            due_at: due_at(&self.clocks).map(timestamp),
            breached: self.breached,
        }
    }

    fn changed(before: &Self, now: &Self) -> Vec<String> {
        [
            ("state", before.state != now.state),
            ("responsible_id", before.responsible != now.responsible),
            ("next_check_at", before.next_check_at != now.next_check_at),
            ("check_count", before.checks.len() != now.checks.len()),
            ("checks", before.checks != now.checks),
            ("breached", before.breached != now.breached),
            ("ended_at", before.ended_at != now.ended_at),
            ("cancel_reason", before.cancel_reason != now.cancel_reason),
            ("clocks", before.clocks != now.clocks),
        ]
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
}

/// A follow-up that is being changed.
struct Change<'a> {
    clocks: &'a Clocks<'a>,
    /// The present moment; never before its last event, whichever process recorded it.
    now: Timestamp,
    follow_up: FollowUp,
    log: ClockLog<'a>,
    tale: Tale<FollowUp>,
}

impl<'a> Change<'a> {
    /// Begins with one that is open. What its clock has to tell by now is told first, so that a breach always
    /// comes before what ends it.
    fn begin(
        follow_up: &FollowUp,
        context: &Context<'_>,
        clocks: &'a Clocks<'a>,
    ) -> Result<Self, Error> {
        if follow_up.state != FollowUpState::Open {
            return Err(Error::FollowUpEnded(follow_up.id()));
        }
        let mut change = Self::of(follow_up.clone(), Tale::of(follow_up), context, clocks);
        // What happens at the very moment of a deadline is in time.
        let before = change.now.minus(std::time::Duration::from_millis(1));
        change.tell_until(before)?;
        Ok(change)
    }

    fn of(
        follow_up: FollowUp,
        tale: Tale<FollowUp>,
        context: &Context<'_>,
        clocks: &'a Clocks<'a>,
    ) -> Self {
        let now = context.now.max(follow_up.head.updated_at);
        let log = ClockLog::new(clocks.calendars, now);
        Self { clocks, now, follow_up, log, tale }
    }

    fn tell(&mut self, payload: impl FactsEvent<Facts = events::FollowUpFacts>) {
        self.tale.tell(&self.follow_up, self.log.take(), payload);
    }

    fn tell_until(&mut self, until: Timestamp) -> Result<(), Error> {
        for index in 0..self.follow_up.clocks.len() {
            let Some(clock) = self.follow_up.clocks.get_mut(index) else { continue };
            let told = clock.tell(until, self.clocks.calendars)?;
            let clock = Some(clock_at(clock, self.clocks.calendars, self.now)?);
            // A planned check has no ladder: its one rung is the breach.
            if !told.is_empty() {
                self.follow_up.breached |= is_breached(&self.follow_up.clocks);
                self.tell(events::FollowUpClockBreached { clock, ..Default::default() });
            }
        }
        Ok(())
    }

    fn done(self) -> Decision {
        Ok((self.follow_up, self.tale.into_events()))
    }
}
