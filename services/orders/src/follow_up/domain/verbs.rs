//! Beginning a follow-up, checking, handing it to another person, and its end.

use std::time::Duration;

use kefu_api_events::Tale;
use kefu_api_events::v1 as events;
use kefu_api_events::wire::timestamp;
use kefu_kernel::{Head, Id, Timestamp};

use super::{Change, Check, Decision, FollowUp, FollowUpState};
use crate::domain::clocks::ClockKind;
use crate::domain::ids::{BranchId, CustomerId, FollowUpId, OrderId, PersonId, ShipmentId};
use crate::domain::{Clocks, Context, Error, count, not_ahead};

/// How far ahead the next check may be planned.
const AHEAD: Duration = Duration::from_secs(90 * 24 * 3600);

/// What is to be followed.
#[derive(Clone, Debug)]
pub struct New {
    /// Its id.
    pub id: FollowUpId,
    /// What is followed. A code.
    pub kind: String,
    /// The order; one that has not ended.
    pub order: OrderId,
    /// The shipment; none: the whole order.
    pub shipment: Option<ShipmentId>,
    /// Whose order it is.
    pub customer: Option<CustomerId>,
    /// The branch of the order.
    pub branch: Option<BranchId>,
    /// Who answers for it.
    pub responsible: PersonId,
    /// When the first check is planned.
    pub next_check_at: Timestamp,
}

/// What a look at the matter found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What was found. A code.
    pub outcome: String,
    /// The note; never empty. Personal data.
    pub note: String,
    /// When it was made; none: now.
    pub checked_at: Option<Timestamp>,
    /// How it goes on.
    pub next: Next,
}

/// How it goes on after a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next check is planned for then.
    At(Timestamp),
    /// It was the last: what is followed has come about.
    Done,
}

impl FollowUp {
    /// Begins one.
    ///
    /// # Errors
    ///
    /// A first check that is not ahead, or more than 90 days.
    pub fn create(context: &Context<'_>, clocks: &Clocks<'_>, new: New) -> Decision {
        check_planned(new.next_check_at, context.now)?;
        let follow_up = Self {
            head: Head::new(new.id.uuid(), new.branch.map(Id::uuid), context.now),
            kind: new.kind,
            state: FollowUpState::Open,
            order: new.order,
            shipment: new.shipment,
            customer: new.customer,
            responsible: new.responsible,
            next_check_at: Some(new.next_check_at),
            checks: Vec::new(),
            created_by: context.actor.to_owned(),
            ended_at: None,
            cancel_reason: String::new(),
            clocks: Vec::new(),
            breached: false,
        };
        let mut change = Change::of(follow_up, Tale::of_new(), context, clocks);
        change.plan(new.next_check_at)?;
        change.tell(events::FollowUpCreated::default());
        change.done()
    }

    /// Records a check with its note, and plans the next or ends it.
    ///
    /// # Errors
    ///
    /// [`Error::FollowUpEnded`]; a check before the last one or after now; a next one that is not ahead.
    pub fn check(&self, context: &Context<'_>, clocks: &Clocks<'_>, made: Checked) -> Decision {
        let mut change = Change::begin(self, context, clocks)?;
        let at = made.checked_at.unwrap_or(change.now);
        not_ahead("checked_at", at, change.now)?;
        let last = self.checks.last().map_or(self.head.created_at, |check| check.checked_at);
        if at < last {
            return Err(Error::invalid("checked_at", "order", "is not before the check before it"));
        }
        if made.note.trim().is_empty() {
            return Err(Error::invalid("note", "required", "no check without a note"));
        }
        let next_check_at = match made.next {
            Next::At(next) => {
                check_planned(next, change.now)?;
                Some(next)
            }
            Next::Done => None,
        };
        let number = count(self.checks.len()) + 1;
        let (now, outcome) = (change.now, made.outcome.clone());
        change.follow_up.checks.push(Check {
            number,
            outcome: made.outcome,
            note: made.note,
            checked_at: at,
            checked_by: context.actor.to_owned(),
            next_check_at,
        });
        change.follow_up.next_check_at = next_check_at;
        change.log.meet(&mut change.follow_up.clocks, &[ClockKind::NextCheck], now)?;
        match next_check_at {
            Some(next) => change.plan(next)?,
            None => {
                change.follow_up.state = FollowUpState::Done;
                change.follow_up.ended_at = Some(now);
            }
        }
        let checked_at = Some(timestamp(at));
        let payload =
            events::FollowUpChecked { check: number, outcome, checked_at, ..Default::default() };
        change.tell(payload);
        change.done()
    }

    /// Makes somebody else answer for it.
    ///
    /// # Errors
    ///
    /// [`Error::FollowUpEnded`], [`Error::AlreadyAssigned`].
    pub fn assign(
        &self,
        context: &Context<'_>,
        clocks: &Clocks<'_>,
        responsible: PersonId,
        reason: &str,
    ) -> Decision {
        let mut change = Change::begin(self, context, clocks)?;
        if responsible == self.responsible {
            return Err(Error::AlreadyAssigned);
        }
        change.follow_up.responsible = responsible;
        let reason = reason.to_owned();
        change.tell(events::FollowUpAssigned { reason, ..Default::default() });
        change.done()
    }

    /// Ends it without anything having come about.
    ///
    /// # Errors
    ///
    /// [`Error::FollowUpEnded`].
    pub fn cancel(&self, context: &Context<'_>, clocks: &Clocks<'_>, reason: &str) -> Decision {
        let mut change = Change::begin(self, context, clocks)?;
        let (now, follow_up) = (change.now, &mut change.follow_up);
        follow_up.state = FollowUpState::Cancelled;
        (follow_up.ended_at, follow_up.next_check_at) = (Some(now), None);
        reason.clone_into(&mut follow_up.cancel_reason);
        change.log.stop_all(&mut follow_up.clocks, now, reason)?;
        let reason = reason.to_owned();
        change.tell(events::FollowUpCancelled { reason, ..Default::default() });
        change.done()
    }

    /// Overwrites what is personal in it, because its customer was erased, in whatever state it is.
    ///
    /// # Errors
    ///
    /// None.
    pub fn erase(&self, context: &Context<'_>, clocks: &Clocks<'_>) -> Decision {
        let mut change = Change::of(self.clone(), Tale::of(self), context, clocks);
        change.follow_up.checks.iter_mut().for_each(|check| check.note.clear());
        if change.follow_up != *self {
            change.tell(events::FollowUpErased::default());
        }
        change.done()
    }

    /// Tells what its clock has to tell by now. What a durable timer calls at [`FollowUp::wakes_at`]; safe to
    /// call twice, early, late, or at its end.
    ///
    /// # Errors
    ///
    /// Where the clock cannot be reckoned.
    pub fn fire_clocks(&self, context: &Context<'_>, clocks: &Clocks<'_>) -> Decision {
        let mut change = Change::of(self.clone(), Tale::of(self), context, clocks);
        change.tell_until(change.now)?;
        change.done()
    }
}

impl Change<'_> {
    /// Plans the next check: its clock starts now.
    fn plan(&mut self, until: Timestamp) -> Result<(), Error> {
        let branch = self.follow_up.branch();
        let clock = self.clocks.plan(ClockKind::NextCheck, self.now, until, branch)?;
        Ok(self.log.start(&mut self.follow_up.clocks, clock)?)
    }
}

fn check_planned(at: Timestamp, now: Timestamp) -> Result<(), Error> {
    if at <= now || at > now.plus(AHEAD) {
        let what = "is later than now, at most 90 days";
        return Err(Error::invalid("next_check_at", "range", what));
    }
    Ok(())
}
