//! Setting aside: how much an exposure may cost.

use kefu_kernel::Money;

use crate::claim::domain::change::Change;
use crate::claim::domain::{Claim, Decided};
use crate::decision::domain::authority::Matter;
use crate::decision::domain::propose::Draft;
use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::{DecisionId, ExposureId};
use crate::domain::words::{CostKind, DecisionKind, PostingKind};

use super::post::NewPosting;

impl Claim {
    /// Sets aside how much an exposure may cost in all, what was ordered and paid of it included. What is above the
    /// caller's authority waits for a signature, the rest is posted.
    pub fn set_reserve(
        &self,
        context: &Context<'_>,
        exposure: ExposureId,
        amount: Money,
        reason: &str,
    ) -> Decided {
        let mut change = Change::begin_open(self, context)?;
        change.set_reserve(exposure, amount, reason)?;
        change.done()
    }

    /// How much is, or waits to be, set aside for an exposure in all.
    pub fn reserve_wanted(&self, exposure: ExposureId) -> i64 {
        let waits = self.pending_of(DecisionKind::Reserve, Some(exposure));
        let wanted = waits.and_then(|decision| decision.amount).unwrap_or(0);
        wanted.max(self.ledger.figures(exposure).target())
    }

    /// What was ordered and paid of a kind of money.
    pub fn used_by(&self, cost: CostKind) -> i64 {
        let of_kind = self.exposures.iter().filter(|exposure| exposure.cost_kind == cost);
        of_kind.map(|exposure| self.ledger.figures(exposure.id).used()).sum()
    }

    /// What was paid of what is granted on the matter; expenses are not.
    pub fn paid_on_the_matter(&self) -> i64 {
        let on_it = self.exposures.iter().filter(|e| e.cost_kind != CostKind::Expense);
        on_it.map(|exposure| self.ledger.figures(exposure.id).paid).sum()
    }
}

impl Change<'_> {
    /// As [`Claim::set_reserve`].
    pub fn set_reserve(
        &mut self,
        exposure: ExposureId,
        amount: Money,
        reason: &str,
    ) -> Result<(), Error> {
        let wanted = self.claim.minor("amount", amount)?;
        self.claim.exposure(exposure)?;
        if let Some(waiting) = self.claim.pending_of(DecisionKind::Reserve, Some(exposure)) {
            return Err(Error::DecisionPending(waiting.id));
        }
        let figures = self.claim.ledger.figures(exposure);
        if wanted < figures.used() {
            return Err(Error::ReserveBelowUsed);
        }
        if wanted < figures.target() {
            let lowered = figures.target() - wanted;
            let new = NewPosting::of(PostingKind::ReserveLowered, exposure, lowered);
            self.post(NewPosting { reason: reason.to_owned(), ..new })?;
            return Ok(());
        }
        let post = wanted.min(self.reserve_alone(exposure)).max(figures.target());
        self.raise_to(Some(exposure), post, None, reason)?;
        if post < wanted {
            let draft = Draft {
                kind: DecisionKind::Reserve,
                amount: Some(wanted),
                waiting: wanted - post,
                exposure: Some(exposure),
                recovery: None,
                offer: None,
                reason: reason.to_owned(),
                grounds: String::new(),
            };
            let actor = self.actor();
            self.decide(draft, &actor)?;
        }
        Ok(())
    }

    /// Up to how much, in all, the caller may set aside for an exposure alone.
    pub fn reserve_alone(&self, exposure: ExposureId) -> i64 {
        let (claim, context) = (&self.claim, self.context);
        let (kind, currency) = (DecisionKind::Reserve, claim.currency);
        let Some(person) = context.person() else { return 0 };
        if claim.has_payee_of(person) {
            return 0;
        }
        let matter = Matter { kind, currency, at: self.now };
        let Some(authority) = context.authorities.own(person, matter) else { return 0 };
        if authority.limit.is_some() && context.shipment.has_other_currencies(kind, currency) {
            return 0;
        }
        let rest = claim.decided(kind) - claim.reserve_wanted(exposure)
            + context.shipment.decided(kind, currency);
        authority.alone().map_or(i64::MAX, |alone| alone.saturating_sub(rest).max(0))
    }

    /// Raises the reserve of an exposure to a target; less than there is changes nothing.
    pub fn raise_to(
        &mut self,
        exposure: Option<ExposureId>,
        target: i64,
        decision: Option<DecisionId>,
        reason: &str,
    ) -> Result<(), Error> {
        let Some(exposure) = exposure else { return Ok(()) };
        let raised = target - self.claim.ledger.figures(exposure).target();
        if raised > 0 {
            let new = NewPosting::of(PostingKind::ReserveRaised, exposure, raised);
            self.post(NewPosting { decision, reason: reason.to_owned(), ..new })?;
        }
        Ok(())
    }
}
