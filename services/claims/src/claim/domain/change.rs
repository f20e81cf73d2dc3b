//! One step of a claim in the making: the state as it becomes, and the events told so far.

use kefu_api_events::v1 as events;
use kefu_api_events::{ClockLog, FactsEvent, Subject, Tale};
use kefu_kernel::{Id, Timestamp};

use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::words::{OfferState, State};

use super::facts::{changed, facts};
use super::{Claim, Decided};

/// A claim that is being changed.
pub struct Change<'a> {
    /// What the rule knows of the call that it serves.
    pub context: &'a Context<'a>,
    /// The present moment; never before the claim's last event, whichever process recorded it.
    pub now: Timestamp,
    /// The claim as it becomes.
    pub claim: Claim,
    /// What became of its clocks since the last event.
    pub clocks: ClockLog<'a>,
    tale: Tale<Claim>,
}

impl Subject for Claim {
    type Facts = events::ClaimFacts;

    fn subject_id(&self) -> String {
        self.id().to_string()
    }

    fn facts(&self) -> events::ClaimFacts {
        facts(self)
    }

    fn changed(before: &Self, now: &Self) -> Vec<String> {
        changed(before, now)
    }
}

impl<'a> Change<'a> {
    /// Begins to change a claim. What was to happen by itself before this moment happens first, so that a breach
    /// always comes before what ends it and nobody accepts what ran out.
    pub fn begin(claim: &Claim, context: &'a Context<'a>) -> Result<Self, Error> {
        let mut change = Self::of(claim, context);
        change.catch_up(false)?;
        Ok(change)
    }

    /// The same, of a claim that is in one of these states.
    pub fn begin_in(
        claim: &Claim,
        context: &'a Context<'a>,
        states: &[State],
    ) -> Result<Self, Error> {
        let change = Self::begin(claim, context)?;
        change.require(states)?;
        Ok(change)
    }

    /// The same, of a claim that was filed and is not over.
    pub fn begin_open(claim: &Claim, context: &'a Context<'a>) -> Result<Self, Error> {
        let change = Self::begin(claim, context)?;
        if change.claim.state.is_open() {
            return Ok(change);
        }
        Err(Error::StateRefuses(change.claim.state))
    }

    /// Begins with a claim that comes into being: nothing was before its first event.
    pub fn new(claim: Claim, context: &'a Context<'a>) -> Self {
        Self::with(claim, Tale::of_new(), context)
    }

    fn of(claim: &Claim, context: &'a Context<'a>) -> Self {
        Self::with(claim.clone(), Tale::of(claim), context)
    }

    fn with(claim: Claim, tale: Tale<Claim>, context: &'a Context<'a>) -> Self {
        let now = context.now.max(claim.head.updated_at);
        Self { context, now, claim, clocks: ClockLog::new(&context.calendars, now), tale }
    }

    /// Refuses a claim that is in none of these states.
    pub fn require(&self, states: &[State]) -> Result<(), Error> {
        if states.contains(&self.claim.state) {
            return Ok(());
        }
        Err(Error::StateRefuses(self.claim.state))
    }

    /// Refuses a claim that has an open offer.
    pub fn require_no_offer(&self) -> Result<(), Error> {
        self.claim.open_offer().map_or(Ok(()), |offer| Err(Error::OfferOpen(offer.id)))
    }

    /// A new id.
    pub fn id<I: Id>(&self) -> I {
        I::from((self.context.ids)())
    }

    /// Who acts: a principal's id.
    pub fn actor(&self) -> String {
        self.context.actor.to_owned()
    }

    /// Tells an event: everything that changed since the one before.
    pub fn tell(&mut self, payload: impl FactsEvent<Facts = events::ClaimFacts>) {
        self.tale.tell(&self.claim, self.clocks.take(), payload);
    }

    /// The end of the step.
    pub fn done(self) -> Decided {
        debug_assert!(self.clocks.is_empty(), "every change of a clock is told");
        Ok((self.claim, self.tale.into_events()))
    }

    /// Lets happen what happens by itself: clocks speak up, an offer runs out, documents are not waited for any
    /// more. What is done at the very moment of a deadline is in time, so only the timer itself counts it.
    fn catch_up(&mut self, at_the_moment: bool) -> Result<(), Error> {
        if self.claim.historic {
            return Ok(());
        }
        let due = |at: Timestamp| if at_the_moment { at <= self.now } else { at < self.now };
        let documents = self.claim.documents_until().is_some_and(due);
        let offer = self.claim.offers.iter().position(|o| o.is_open() && due(o.valid_until));
        self.tell_clocks(at_the_moment)?;
        if documents {
            self.resume(false)?;
        }
        if let Some(index) = offer {
            self.end_offer(index, OfferState::Expired, "")?;
        }
        Ok(())
    }
}

impl Claim {
    /// Lets happen what was to happen by itself by now. What a durable timer calls at [`Claim::wakes_at`]. Safe to
    /// call twice, early or late: it then has no events.
    pub fn wake(&self, context: &Context<'_>) -> Decided {
        let mut change = Change::of(self, context);
        change.catch_up(true)?;
        change.done()
    }
}
