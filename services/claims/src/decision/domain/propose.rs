//! Proposing: what is decided at once, what waits, and what follows when a decision holds.

use kefu_api_events::v1 as events;
use kefu_kernel::Money;

use crate::claim::domain::change::Change;
use crate::claim::domain::{Claim, Decided};
use crate::domain::context::{Context, person};
use crate::domain::error::Error;
use crate::domain::ids::{ExposureId, OfferId, PersonId, RecoveryId};
use crate::domain::words::{ClockKind, CostKind, CoverKind, DecisionKind, DecisionState, State};

use super::authority::{Authority, Matter};
use super::{Decision, Signature};

/// What somebody proposes.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// What it is about: a settlement, a denial, a payment ex gratia, an expense or a waiver.
    pub kind: DecisionKind,
    /// How much; none for a denial or a waiver.
    pub amount: Option<Money>,
    /// The exposure, for an expense.
    pub exposure: Option<ExposureId>,
    /// The code of the reason.
    pub reason: String,
    /// Why.
    pub grounds: String,
}

/// A decision in the making.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it is about.
    pub kind: DecisionKind,
    /// How much, as [`Decision::amount`] has it.
    pub amount: Option<i64>,
    /// How much of it waits where it is not decided at once.
    pub waiting: i64,
    /// The exposure, for reserves and expenses.
    pub exposure: Option<ExposureId>,
    /// The recovery that a write-off closes short.
    pub recovery: Option<RecoveryId>,
    /// The offer that it comes from.
    pub offer: Option<OfferId>,
    /// The code of the reason.
    pub reason: String,
    /// Why.
    pub grounds: String,
}

impl Claim {
    /// Proposes a decision. Within the proposer's own authority it holds at once, except a denial, which another
    /// always signs; above, it waits.
    pub fn propose(&self, context: &Context<'_>, proposal: Proposal) -> Decided {
        let mut change = Change::begin(self, context)?;
        let kind = proposal.kind;
        if let Some(waiting) = change.claim.pending_of(kind, None) {
            return Err(Error::DecisionPending(waiting.id));
        }
        let amount = change.amount_of(&proposal)?;
        match (kind, amount) {
            (DecisionKind::Reserve | DecisionKind::WriteOff, _) => {
                return Err(Error::DecisionKindInvalid("reserves and write-offs propose theirs"));
            }
            (DecisionKind::TimeLimitWaiver, _) => change.check_waiver()?,
            (DecisionKind::Expense, Some(amount)) => {
                change.check_expense(proposal.exposure, amount)?;
            }
            _ => {
                change.require(&[State::Assessed, State::Negotiating])?;
                change.require_no_offer()?;
                change.check_matter(kind, amount)?;
            }
        }
        let exposure = proposal.exposure.filter(|_| kind == DecisionKind::Expense);
        let draft = Draft {
            kind,
            amount,
            waiting: amount.unwrap_or(0),
            exposure,
            recovery: None,
            offer: None,
            reason: proposal.reason,
            grounds: proposal.grounds,
        };
        let actor = change.actor();
        change.decide(draft, &actor)?;
        change.done()
    }

    /// What limits are held against: the sum of all decisions of the kind with one of `amount`, over the claim and the
    /// others on its shipment.
    pub fn cumulative(
        &self,
        shipment: &super::shipment::Shipment,
        kind: DecisionKind,
        amount: i64,
    ) -> i64 {
        let own = match kind {
            DecisionKind::Settlement | DecisionKind::ExGratia => amount,
            DecisionKind::Denial | DecisionKind::TimeLimitWaiver => return 0,
            _ => self.decided(kind) + amount,
        };
        own + shipment.decided(kind, self.currency)
    }

    /// Whether this person named a payee of the claim.
    pub fn has_payee_of(&self, person: PersonId) -> bool {
        self.payees.iter().any(|payee| payee.created_by == person.to_string())
    }

    /// How the claim stands once what is granted holds.
    fn granted_state(&self) -> State {
        match self.approved() {
            granted if self.paid_on_the_matter() >= granted => self.paid_state(),
            granted if granted >= self.claimed() => State::Approved,
            _ => State::PartlyApproved,
        }
    }
}

impl Change<'_> {
    fn amount_of(&self, proposal: &Proposal) -> Result<Option<i64>, Error> {
        match (proposal.kind.has_amount(), proposal.amount) {
            (true, Some(amount)) => Ok(Some(self.claim.positive("amount", amount)?)),
            (true, None) => Err(Error::DecisionKindInvalid("it lacks its amount")),
            (false, Some(_)) => Err(Error::DecisionKindInvalid("it has no amount")),
            (false, None) => Ok(None),
        }
    }

    fn check_waiver(&self) -> Result<(), Error> {
        let states = [State::Submitted, State::Acknowledged, State::Appealed, State::Reopened];
        self.require(&states)?;
        if self.claim.out_of_time {
            return Ok(());
        }
        Err(Error::DecisionKindInvalid("the claim came in time"))
    }

    fn check_expense(&self, exposure: Option<ExposureId>, amount: i64) -> Result<(), Error> {
        if !self.claim.state.is_open() {
            return Err(Error::StateRefuses(self.claim.state));
        }
        let lacks = Error::DecisionKindInvalid("it lacks an exposure of expenses");
        let id = exposure.ok_or(lacks.clone())?;
        if self.claim.exposure(id)?.cost_kind != CostKind::Expense {
            return Err(lacks);
        }
        let set_aside = self.claim.ledger.figures(id).target();
        let available = set_aside - self.claim.granted_on(id);
        if amount > available {
            let currency = self.claim.currency.code();
            return Err(Error::ReserveTooSmall { available, currency });
        }
        Ok(())
    }

    /// Refuses what may not be granted, or not be denied any more.
    pub fn check_matter(&self, kind: DecisionKind, amount: Option<i64>) -> Result<(), Error> {
        let claim = &self.claim;
        let Some(amount) = amount else {
            let untouched = claim.paid_on_the_matter() == 0;
            return if untouched { Ok(()) } else { Err(Error::StateRefuses(claim.state)) };
        };
        let (other, used) = if kind == DecisionKind::ExGratia {
            (claim.settlement, claim.used_by(CostKind::ExGratia))
        } else {
            let freight = claim.used_by(CostKind::FreightRefund);
            (claim.ex_gratia, claim.used_by(CostKind::Indemnity) + freight)
        };
        if amount < used {
            return Err(Error::invalid("amount", "out_of_range", "is not less than what was paid"));
        }
        if amount + other.unwrap_or(0) > claim.claimed() {
            return Err(Error::AboveClaimed);
        }
        if kind == DecisionKind::ExGratia { Ok(()) } else { self.check_cap(amount) }
    }

    /// Refuses a settlement above the cap of the claim, or of all claims on the shipment for what the same party has to
    /// answer for.
    pub fn check_cap(&self, amount: i64) -> Result<(), Error> {
        let Some(cap) = self.claim.cap() else { return Ok(()) };
        let currency = self.claim.currency;
        let above = self
            .claim
            .shared(amount)
            .iter()
            .any(|(key, part)| part + self.context.shipment.granted(key, currency) > cap);
        if amount > cap || above {
            return Err(Error::AboveCap { cap, currency: currency.code() });
        }
        Ok(())
    }

    /// Decides at once where the proposer may do so alone; else lets it wait. Answers whether it holds.
    pub fn decide(&mut self, draft: Draft, proposer: &str) -> Result<bool, Error> {
        let index = self.enter(draft, proposer);
        self.tell_entered(index)
    }

    /// Enters a decision, as holding or waiting; nothing is told yet.
    pub fn enter(&mut self, draft: Draft, proposer: &str) -> usize {
        let matter = Matter { kind: draft.kind, currency: self.claim.currency, at: self.now };
        let cumulative = match draft.kind {
            DecisionKind::Reserve => {
                let own = draft.exposure.map_or(0, |id| self.claim.reserve_wanted(id));
                let rest = self.claim.decided(draft.kind) - own;
                let others = self.context.shipment.decided(draft.kind, self.claim.currency);
                others + rest + draft.amount.unwrap_or(0)
            }
            kind => self.claim.cumulative(self.context.shipment, kind, draft.amount.unwrap_or(0)),
        };
        let mixed = self.context.shipment.has_other_currencies(draft.kind, self.claim.currency);
        let own = person(proposer)
            .filter(|person| !self.claim.has_payee_of(*person))
            .and_then(|person| Some((person, self.context.authorities.own(person, matter)?)));
        let own =
            own.filter(|(_, a)| draft.kind != DecisionKind::Denial && a.covers(cumulative, mixed));
        let second = own.as_ref().is_some_and(|(_, authority)| authority.needs_second(cumulative));
        let holds = own.is_some() && !second;
        let signatures = own.map(|(person, authority)| self.signature(person, &authority));
        let decision = Decision {
            id: self.id(),
            kind: draft.kind,
            state: if holds { DecisionState::Signed } else { DecisionState::Pending },
            amount: draft.amount,
            pending: if holds { 0 } else { draft.waiting },
            cumulative,
            exposure: draft.exposure,
            recovery: draft.recovery,
            offer: draft.offer,
            reason: draft.reason,
            grounds: draft.grounds,
            proposed_by: proposer.to_owned(),
            proposed_at: self.now,
            state_before: self.claim.state,
            signatures_needed: if second { 2 } else { 1 },
            signatures: signatures.into_iter().collect(),
            ended_by: String::new(),
            ended_at: holds.then_some(self.now),
            refusal_reason: String::new(),
            refusal_note: String::new(),
        };
        if !holds && decision.kind.is_on_the_matter() {
            self.claim.state = State::DecisionPending;
        }
        self.claim.decisions.push(decision);
        self.claim.decisions.len() - 1
    }

    /// Tells what became of a decision that was entered, and lets follow what follows from it.
    pub fn tell_entered(&mut self, index: usize) -> Result<bool, Error> {
        let decision = self.claim.decisions[index].clone();
        if decision.state == DecisionState::Signed {
            self.hold(index)?;
            return Ok(true);
        }
        self.tell(events::ClaimDecisionProposed {
            decision_id: decision.id.to_string(),
            kind: events::DecisionKind::from(decision.kind).into(),
            pending_minor_units: decision.pending,
            cumulative_minor_units: decision.cumulative,
            signatures_needed: decision.signatures_needed,
            reason: decision.reason.clone(),
            ..Default::default()
        });
        if !decision.signatures.is_empty() {
            self.tell_signed(index);
        }
        Ok(false)
    }

    /// A signature by this authority, now.
    pub fn signature(&self, signed_by: PersonId, by: &Authority) -> Signature {
        let Authority { on_authority_of, authority, limit, .. } = *by;
        Signature { signed_by, on_authority_of, authority, limit, signed_at: self.now }
    }

    /// Tells the last signature of a decision.
    pub fn tell_signed(&mut self, index: usize) {
        let decision = &self.claim.decisions[index];
        let last = decision.signatures.last();
        let by = last.and_then(|signature| signature.on_authority_of);
        let payload = events::ClaimDecisionSigned {
            decision_id: decision.id.to_string(),
            kind: events::DecisionKind::from(decision.kind).into(),
            amount_minor_units: decision.amount.unwrap_or(0),
            proposed_by: decision.proposed_by.clone(),
            on_authority_of: by.map(|person| person.to_string()).unwrap_or_default(),
            limit_minor_units: last.and_then(|signature| signature.limit),
            complete: decision.state == DecisionState::Signed,
            ..Default::default()
        };
        self.tell(payload);
    }

    /// Lets a signed decision take effect, and tells it.
    pub fn hold(&mut self, index: usize) -> Result<(), Error> {
        let decision = self.claim.decisions[index].clone();
        let amount = decision.amount.unwrap_or(0);
        match decision.kind {
            DecisionKind::Settlement => self.grant(index, Some(amount), self.claim.ex_gratia),
            DecisionKind::ExGratia => self.grant(index, self.claim.settlement, Some(amount)),
            DecisionKind::Denial => {
                (self.claim.settlement, self.claim.ex_gratia) = (None, None);
                self.claim.state = State::Denied;
                self.decided()?;
                self.meet(&[ClockKind::ClaimLegal])?;
                self.tell_signed(index);
                Ok(())
            }
            DecisionKind::Reserve => {
                self.tell_signed(index);
                self.raise_to(decision.exposure, amount, Some(decision.id), &decision.reason)
            }
            DecisionKind::Expense => {
                self.tell_signed(index);
                Ok(())
            }
            DecisionKind::WriteOff => {
                self.tell_signed(index);
                self.write_off(&decision)
            }
            DecisionKind::TimeLimitWaiver => {
                self.claim.out_of_time = false;
                self.tell_signed(index);
                Ok(())
            }
        }
    }

    fn grant(
        &mut self,
        index: usize,
        settlement: Option<i64>,
        ex_gratia: Option<i64>,
    ) -> Result<(), Error> {
        (self.claim.settlement, self.claim.ex_gratia) = (settlement, ex_gratia);
        self.claim.state = self.claim.granted_state();
        self.decided()?;
        if matches!(self.claim.state, State::Approved | State::PartlyApproved) {
            self.start_clocks(&[ClockKind::ClaimPayment])?;
        }
        self.tell_signed(index);
        self.set_aside_grant(index)
    }

    /// A decision on the matter holds: nobody waits for one any more.
    fn decided(&mut self) -> Result<(), Error> {
        self.claim.decided_at = Some(self.now);
        self.meet(&[ClockKind::ClaimDecision])?;
        self.stop_clocks(&[ClockKind::ClaimReport], "decided")
    }

    /// Sets aside what is still lacking for what is granted.
    fn set_aside_grant(&mut self, index: usize) -> Result<(), Error> {
        let (kind, id) = (self.claim.decisions[index].kind, self.claim.decisions[index].id);
        let of_kind = |cost: CostKind| cost.granted_by() == kind;
        let granted = self.claim.decisions[index].amount.unwrap_or(0);
        let exposures = self.claim.exposures.iter().filter(|e| of_kind(e.cost_kind));
        let ids: Vec<ExposureId> = exposures.map(|exposure| exposure.id).collect();
        let held: i64 = ids.iter().map(|id| self.claim.ledger.figures(*id).target()).sum();
        let lacking = granted - held;
        if lacking <= 0 {
            return Ok(());
        }
        let exposure = match ids.first() {
            Some(exposure) => *exposure,
            None if kind == DecisionKind::ExGratia => {
                self.add_exposure(self.claim.kind, CoverKind::Goodwill, CostKind::ExGratia)
            }
            None => self.add_exposure(self.claim.kind, CoverKind::Liability, CostKind::Indemnity),
        };
        let target = self.claim.ledger.figures(exposure).target() + lacking;
        self.raise_to(Some(exposure), target, Some(id), "granted")
    }
}
