//! One step of a revisit in the making: the state as it becomes, and the events told so far.

use std::time::Duration;

use kefu_api_events::v1 as events;
use kefu_api_events::{FactsEvent, Subject, Tale, wire};
use kefu_kernel::Timestamp;
use kefu_kernel::id::text;

use crate::domain::Context;

use super::deadline::changes;
use super::words::State;
use super::{Decision, Error, Revisit};

/// A revisit that is being changed.
pub(super) struct Change<'a> {
    pub(super) context: &'a Context<'a>,
    /// The present moment; never before the revisit's last event, whichever process recorded it.
    pub(super) now: Timestamp,
    /// The revisit as it becomes.
    pub(super) revisit: Revisit,
    tale: Tale<Revisit>,
}

impl<'a> Change<'a> {
    /// Begins to change a revisit. What has passed by itself by now is told first, so that a breach always
    /// comes before what ends it.
    pub(super) fn begin(revisit: &Revisit, context: &'a Context<'a>) -> Self {
        let mut change = Self::of(revisit, context);
        change.tell_passed(change.now.minus(Duration::from_millis(1)));
        change
    }

    /// Begins with a revisit as it is.
    pub(super) fn of(revisit: &Revisit, context: &'a Context<'a>) -> Self {
        Self::with(revisit.clone(), Tale::of(revisit), context)
    }

    /// Begins with one that comes into being.
    pub(super) fn new(revisit: Revisit, context: &'a Context<'a>) -> Self {
        Self::with(revisit, Tale::of_new(), context)
    }

    fn with(revisit: Revisit, tale: Tale<Revisit>, context: &'a Context<'a>) -> Self {
        let now = context.now.max(revisit.head.updated_at);
        Self { context, now, revisit, tale }
    }

    /// Tells an event: everything that changed since the one before, its deadlines included.
    pub(super) fn tell(&mut self, payload: impl FactsEvent<Facts = events::RevisitFacts>) {
        let before = self.tale.told().map(Revisit::deadlines).unwrap_or_default();
        let changes = changes(&before, &self.revisit.deadlines(), self.now);
        self.tale.tell(&self.revisit, changes, payload);
    }

    /// Tells what passed by itself: its day came; and what ran out up to `until`. What happens at the very
    /// moment of a deadline is in time.
    pub(super) fn tell_passed(&mut self, until: Timestamp) {
        if self.revisit.state == State::Scheduled && self.revisit.opens_at <= self.now {
            self.revisit.state = State::Open;
            self.tell(events::RevisitOpened::default());
        }
        let due = self.revisit.due_at;
        if self.revisit.state.is_owed() && self.revisit.breached_at.is_none() && due <= until {
            self.revisit.breached_at = Some(due);
            self.tell(events::RevisitBreached::default());
        }
        for index in 0..self.revisit.promises.len() {
            let promise = &mut self.revisit.promises[index];
            if promise.kept_at.is_none() && !promise.breached && promise.due_at <= until {
                promise.breached = true;
                let promise = promise.number;
                self.tell(events::RevisitPromiseBreached { promise, ..Default::default() });
            }
        }
    }

    /// Refuses a revisit whose customer was reached already, or that is over.
    pub(super) fn must_be_owed(&self) -> Result<(), Error> {
        let (id, state) = (self.revisit.id(), self.revisit.state);
        if state.is_owed() { Ok(()) } else { Err(Error::Over { id, state }) }
    }

    /// The refusal of what does not fit a revisit that is not as far, or is over.
    pub(super) fn too_early(&self) -> Error {
        let (id, state) = (self.revisit.id(), self.revisit.state);
        if state.is_over() { Error::Over { id, state } } else { Error::NotOpen { id, state } }
    }

    /// The end of the step.
    pub(super) fn done(self) -> Decision {
        Ok((self.revisit, self.tale.into_events()))
    }
}

impl Subject for Revisit {
    type Facts = events::RevisitFacts;

    fn subject_id(&self) -> String {
        self.id().to_string()
    }

    fn facts(&self) -> events::RevisitFacts {
        let closed = self.ended_at.filter(|_| self.state == State::Closed);
        events::RevisitFacts {
            customer_id: self.customer.to_string(),
            policy: self.policy.clone(),
            occasion: events::RevisitOccasion::from(self.occasion).into(),
            subject_id: self.subject.clone().unwrap_or_default(),
            state: events::RevisitState::from(self.state).into(),
            assignee_id: text(self.assignee),
            branch_id: text(self.branch()),
            department_id: text(self.department),
            created_at: Some(wire::timestamp(self.head.created_at)),
            opens_at: Some(wire::timestamp(self.opens_at)),
            due_at: self.state.is_owed().then(|| wire::timestamp(self.due_at)),
            breached: self.breached_at.is_some(),
            attempts: i32::try_from(self.attempts.len()).unwrap_or(i32::MAX),
            reached: self.reached_at.is_some(),
            reached_in_time: self.is_reached_in_time(),
            verdict: self.verdict.map_or(events::Verdict::Unspecified, Into::into).into(),
            closed_at: closed.map(wire::timestamp),
        }
    }

    fn changed(before: &Self, now: &Self) -> Vec<String> {
        [
            ("state", before.state != now.state),
            ("assignee_id", before.assignee != now.assignee),
            ("due_at", before.due_at != now.due_at),
            ("next_attempt_at", before.next_attempt_at != now.next_attempt_at),
            ("breached", before.breached_at.is_some() != now.breached_at.is_some()),
            ("verdict", before.verdict != now.verdict),
            ("attempts", before.attempts != now.attempts),
            ("opinions", before.opinions != now.opinions),
            ("promises", before.promises != now.promises),
            ("answers", before.answers != now.answers),
            ("department_answer", before.department_answer != now.department_answer),
            ("ticket_id", before.ticket != now.ticket),
            ("closed_at", before.ended_at != now.ended_at),
            ("closed_by", before.closed_by != now.closed_by),
        ]
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
}
