//! Appeal, and how a claim ends and is taken up again.

use std::collections::BTreeSet;

use kefu_api_events::v1 as events;

use crate::domain::context::{Context, person};
use crate::domain::error::Error;
use crate::domain::ids::PersonId;
use crate::domain::words::{
    ClockKind, DecisionKind, DecisionState, LinkKind, OfferState, PostingKind, Resolution, State,
};
use crate::ledger::domain::post::NewPosting;

use super::change::Change;
use super::{Claim, Decided};

impl Claim {
    /// Records that the claimant does not accept a denial or a partial approval, and gives the claim to another
    /// specialist than whoever handled, proposed or signed it before. The next episode begins.
    pub fn appeal(
        &self,
        context: &Context<'_>,
        handler: PersonId,
        reason: &str,
        statement: String,
    ) -> Decided {
        let mut change = Change::begin_in(self, context, &[State::Denied, State::PartlyApproved])?;
        let rules = context.rules.of_type(self.kind)?;
        let until = change.claim.decided_at.map(|at| at.plus(rules.appeal_time()));
        if let Some(until) = until.filter(|until| change.now > *until) {
            return Err(Error::AppealTooLate(until));
        }
        if change.claim.appeals >= rules.appeals_allowed {
            return Err(Error::AppealsUsedUp);
        }
        let before = change.claim.had_a_hand();
        change.claim.barred = before;
        change.give(Some(handler))?;
        change.claim.appeals += 1;
        change.claim.remark = statement;
        change.claim.state = State::Appealed;
        change.stop_clocks(&[ClockKind::ClaimPayment], "appealed")?;
        change.next_episode()?;
        change.tell(events::ClaimAppealed { reason: reason.to_owned(), ..Default::default() });
        change.done()
    }

    /// Ends a claim that the claimant gives up, before anything was ordered or paid. What waits is taken back, reserves
    /// are released, and nothing is granted any more.
    pub fn withdraw(&self, context: &Context<'_>, reason: &str) -> Decided {
        use State::{
            Acknowledged, Appealed, Approved, Assessed, AwaitingDocuments, DecisionPending, Draft,
            Investigating, Negotiating, PartlyApproved, Reopened, Submitted,
        };
        let states = [
            Draft,
            Submitted,
            Acknowledged,
            Investigating,
            AwaitingDocuments,
            Assessed,
            Negotiating,
            DecisionPending,
            Approved,
            PartlyApproved,
            Appealed,
            Reopened,
        ];
        let mut change = Change::begin_in(self, context, &states)?;
        if change.claim.ledger.total().used() > 0 {
            return Err(Error::LedgerNotClear("ordered"));
        }
        if change.claim.asked_back() > 0 {
            return Err(Error::LedgerNotClear("recoverable"));
        }
        for index in 0..change.claim.decisions.len() {
            if change.claim.decisions[index].state == DecisionState::Pending {
                change.withdraw_waiting(index);
            }
        }
        if let Some(open) = change.claim.offers.iter().position(|offer| offer.is_open()) {
            change.end_offer(open, OfferState::Withdrawn, "claim_withdrawn")?;
        }
        change.release_reserves(reason)?;
        (change.claim.settlement, change.claim.ex_gratia) = (None, None);
        change.over(State::Withdrawn, Resolution::Withdrawn)?;
        change.tell(events::ClaimWithdrawn { reason: reason.to_owned(), ..Default::default() });
        change.done()
    }

    /// Ends a claim, where that is how it stands (the resolution is true) and nothing of its money is on the way (I7).
    pub fn close(&self, context: &Context<'_>, resolution: Resolution, message: String) -> Decided {
        use State::{
            Acknowledged, AwaitingDocuments, Denied, Investigating, Paid, Recovery, Reopened,
            Submitted,
        };
        let states = [
            Paid,
            Recovery,
            Denied,
            Submitted,
            Acknowledged,
            Investigating,
            AwaitingDocuments,
            Reopened,
        ];
        let mut change = Change::begin_in(self, context, &states)?;
        change.claim.check_resolution(resolution)?;
        if let Some(what) = change.claim.not_clear() {
            return Err(Error::LedgerNotClear(what));
        }
        change.claim.remark = message;
        change.over(State::Closed, resolution)?;
        change.tell(events::ClaimClosed::default());
        change.done()
    }

    /// Takes an ended claim up again: its next episode begins; balances are made anew from the entries (I11).
    pub fn reopen(&self, context: &Context<'_>, reason: &str) -> Decided {
        let mut change = Change::begin_in(self, context, &[State::Closed, State::Withdrawn])?;
        change.claim.ledger = change.claim.ledger.rebuilt();
        change.claim.state = State::Reopened;
        change.claim.resolution = None;
        change.claim.closed_at = None;
        change.claim.barred.clear();
        change.claim.historic = false;
        // One that was given up as a draft was never filed; it is now.
        let now = change.now;
        change.claim.submitted_at.get_or_insert(now);
        let lacking = change.claim.lacking();
        if !lacking.is_empty() {
            return Err(Error::Incomplete(lacking));
        }
        change.next_episode()?;
        change.tell(events::ClaimReopened { reason: reason.to_owned(), ..Default::default() });
        change.done()
    }

    /// What of its money is still on the way; none: nothing.
    pub fn not_clear(&self) -> Option<&'static str> {
        let total = self.ledger.total();
        if total.reserved != 0 {
            Some("reserved")
        } else if total.ordered != 0 {
            Some("ordered")
        } else if self.pending_decisions().next().is_some() {
            Some("pending")
        } else if self.recoveries.iter().any(|recovery| recovery.is_open()) {
            Some("recoverable")
        } else {
            None
        }
    }

    fn check_resolution(&self, resolution: Resolution) -> Result<(), Error> {
        let untouched = self.paid_on_the_matter() == 0 && self.approved() == 0;
        let untouched = untouched && self.state != State::Denied;
        let first = |link: &super::Link| link.kind == LinkKind::DuplicateOf && !link.suggested;
        let (holds, why) = match resolution {
            Resolution::Settled => (self.is_paid(), "not all that is granted was paid"),
            Resolution::Denied => (self.was_denied(), "it was not denied"),
            Resolution::Duplicate => {
                let linked = self.links.iter().any(first);
                (untouched && linked, "it is not linked to the claim that goes on")
            }
            Resolution::OutOfTime => (untouched && self.out_of_time, "it came in time"),
            Resolution::NoLoss => (untouched, "something was granted, denied or paid"),
            Resolution::Withdrawn => (false, "the claimant gives it up by withdrawing it"),
        };
        if holds { Ok(()) } else { Err(Error::ResolutionNotTrue(why)) }
    }

    /// Whether its last decision on the matter was a denial.
    fn was_denied(&self) -> bool {
        let signed = |d: &&crate::decision::domain::Decision| {
            d.state == DecisionState::Signed && d.kind.is_on_the_matter()
        };
        let last = self.decisions.iter().filter(signed).max_by_key(|d| d.ended_at);
        last.is_some_and(|last| last.kind == DecisionKind::Denial)
    }

    /// Everybody who handled it, or proposed or signed a decision on the matter.
    fn had_a_hand(&self) -> BTreeSet<PersonId> {
        let matter = self.decisions.iter().filter(|d| d.kind.is_on_the_matter());
        let decided = matter.flat_map(|decision| {
            let signers = decision.signatures.iter().map(|signature| signature.signed_by);
            signers.chain(person(&decision.proposed_by))
        });
        self.handlers.iter().copied().chain(decided).collect()
    }
}

impl Change<'_> {
    fn next_episode(&mut self) -> Result<(), Error> {
        self.claim.episode += 1;
        self.claim.breached = false;
        self.start_clocks(&[ClockKind::ClaimDecision])
    }

    fn over(&mut self, state: State, resolution: Resolution) -> Result<(), Error> {
        self.claim.state = state;
        self.claim.resolution = Some(resolution);
        self.claim.closed_at = Some(self.now);
        self.stop_clocks(ClockKind::ALL, "over")
    }

    fn release_reserves(&mut self, reason: &str) -> Result<(), Error> {
        for exposure in self.claim.exposures.clone() {
            let reserved = self.claim.ledger.figures(exposure.id).reserved;
            if reserved > 0 {
                let new = NewPosting::of(PostingKind::ReserveLowered, exposure.id, reserved);
                self.post(NewPosting { reason: reason.to_owned(), ..new })?;
            }
        }
        Ok(())
    }
}
