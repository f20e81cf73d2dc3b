//! Signing, refusing and taking back what waits.

use kefu_api_events::v1 as events;

use crate::claim::domain::change::Change;
use crate::claim::domain::{Claim, Decided};
use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::{DecisionId, PersonId};
use crate::domain::words::{DecisionKind, DecisionState, State};

use super::Decision;
use super::authority::{Authority, Matter};

impl Claim {
    /// Signs a decision that waits, by the signer's own authority or one that was delegated to them (`of`: by whose).
    /// With the last signature that it needs it holds.
    pub fn sign(&self, context: &Context<'_>, id: DecisionId, of: Option<PersonId>) -> Decided {
        let mut change = Change::begin(self, context)?;
        let index = change.waiting(id)?;
        let (signer, authority, cumulative) = change.authority_for(index, of)?;
        let decision = &change.claim.decisions[index];
        if matches!(decision.kind, DecisionKind::Settlement | DecisionKind::ExGratia) {
            change.check_matter(decision.kind, decision.amount)?;
        }
        let second = authority.needs_second(cumulative);
        let signature = change.signature(signer, &authority);
        let now = change.now;
        let decision = &mut change.claim.decisions[index];
        decision.cumulative = cumulative;
        decision.signatures.push(signature);
        if second {
            decision.signatures_needed = decision.signatures_needed.max(2);
        }
        let signed = i32::try_from(decision.signatures.len()).unwrap_or(i32::MAX);
        if signed < decision.signatures_needed {
            change.tell_signed(index);
            return change.done();
        }
        decision.state = DecisionState::Signed;
        decision.pending = 0;
        decision.ended_at = Some(now);
        change.hold(index)?;
        change.done()
    }

    /// Does not sign a decision that waits: the claim is where it was before it.
    pub fn refuse(
        &self,
        context: &Context<'_>,
        id: DecisionId,
        reason: &str,
        note: String,
    ) -> Decided {
        let mut change = Change::begin(self, context)?;
        let index = change.waiting(id)?;
        let decision = &change.claim.decisions[index];
        if let Some(person) = context.person()
            && let Some(obstacle) = change.claim.obstacle(decision, person)
        {
            return Err(Error::SignerNotIndependent(obstacle));
        }
        let kind = decision.kind;
        let decision = &mut change.claim.decisions[index];
        decision.refusal_reason = reason.to_owned();
        decision.refusal_note = note;
        change.drop_decision(index, DecisionState::Refused);
        change.tell(events::ClaimDecisionRefused {
            decision_id: id.to_string(),
            kind: events::DecisionKind::from(kind).into(),
            reason: reason.to_owned(),
            ..Default::default()
        });
        change.done()
    }

    /// Takes a decision back that the caller proposed and that waits.
    pub fn withdraw_decision(&self, context: &Context<'_>, id: DecisionId) -> Decided {
        let mut change = Change::begin(self, context)?;
        let index = change.waiting(id)?;
        if change.claim.decisions[index].proposed_by != context.actor {
            return Err(Error::NotTheProposer);
        }
        change.withdraw_waiting(index);
        change.done()
    }

    /// Why a person, or the authority of a person, may not be under a decision of the claim; none: it may. Each is a
    /// code of ExplainAuthority.
    pub fn obstacle(&self, decision: &Decision, person: PersonId) -> Option<&'static str> {
        if decision.proposed_by == person.to_string() {
            Some("proposer")
        } else if self.handler == Some(person) {
            Some("handler")
        } else if self.has_payee_of(person) {
            Some("payee_creator")
        } else if decision.is_signed_by(person) {
            Some("signer")
        } else {
            None
        }
    }
}

impl Change<'_> {
    fn waiting(&self, id: DecisionId) -> Result<usize, Error> {
        let found = self.claim.decisions.iter().position(|decision| decision.id == id);
        let index = found.ok_or(Error::no_such(id))?;
        match self.claim.decisions[index].state {
            DecisionState::Pending => Ok(index),
            state => Err(Error::DecisionNotPending(state)),
        }
    }

    /// The signer, and the authority by which they may sign: it covers everything of the kind as it stands now.
    fn authority_for(
        &self,
        index: usize,
        of: Option<PersonId>,
    ) -> Result<(PersonId, Authority, i64), Error> {
        let (claim, context) = (&self.claim, self.context);
        let decision = &claim.decisions[index];
        let currency = claim.currency;
        // It is among the claim's decisions already, as one that waits.
        let cumulative = match decision.kind {
            DecisionKind::Settlement | DecisionKind::ExGratia => {
                claim.cumulative(context.shipment, decision.kind, decision.amount.unwrap_or(0))
            }
            DecisionKind::Denial | DecisionKind::TimeLimitWaiver => 0,
            kind => claim.decided(kind) + context.shipment.decided(kind, currency),
        };
        let none = Error::AuthorityExceeded { limit: None, cumulative, currency: currency.code() };
        let signer = context.person().ok_or(none.clone())?;
        if let Some(obstacle) = claim.obstacle(decision, signer) {
            return Err(Error::SignerNotIndependent(obstacle));
        }
        let matter = Matter { kind: decision.kind, currency, at: self.now };
        let own = context.authorities.own(signer, matter);
        let delegated = context.authorities.delegated(signer, matter);
        let candidates: Vec<Authority> = match of {
            None => own.into_iter().chain(delegated).collect(),
            Some(of) if of == signer => own.into_iter().collect(),
            Some(of) => {
                let from: Vec<Authority> =
                    delegated.into_iter().filter(|a| a.on_authority_of == Some(of)).collect();
                if from.is_empty() {
                    return Err(Error::DelegationInvalid("none covers this now"));
                }
                from
            }
        };
        let mixed = context.shipment.has_other_currencies(decision.kind, currency);
        let enough: Vec<&Authority> =
            candidates.iter().filter(|a| a.covers(cumulative, mixed)).collect();
        if enough.is_empty() {
            let limit = candidates.iter().filter_map(|authority| authority.limit).max();
            return Err(Error::AuthorityExceeded { limit, cumulative, currency: currency.code() });
        }
        let hindered =
            |a: &Authority| a.on_authority_of.and_then(|owner| claim.obstacle(decision, owner));
        match enough.iter().find(|authority| hindered(authority).is_none()) {
            Some(authority) => Ok((signer, (**authority).clone(), cumulative)),
            None => {
                let first = enough.first().and_then(|authority| hindered(authority));
                Err(Error::SignerNotIndependent(first.unwrap_or("signer")))
            }
        }
    }

    /// Takes a decision that waits back, and tells so.
    pub fn withdraw_waiting(&mut self, index: usize) {
        let (id, kind) = (self.claim.decisions[index].id, self.claim.decisions[index].kind);
        self.drop_decision(index, DecisionState::Withdrawn);
        self.tell(events::ClaimDecisionWithdrawn {
            decision_id: id.to_string(),
            kind: events::DecisionKind::from(kind).into(),
            ..Default::default()
        });
    }

    /// What waited is free again; the claim is where it was before.
    fn drop_decision(&mut self, index: usize, state: DecisionState) {
        let (now, actor) = (self.now, self.actor());
        let decision = &mut self.claim.decisions[index];
        decision.state = state;
        decision.pending = 0;
        decision.ended_by = actor;
        decision.ended_at = Some(now);
        let (kind, before) = (decision.kind, decision.state_before);
        if kind.is_on_the_matter() && self.claim.state == State::DecisionPending {
            self.claim.state = before;
        }
    }
}
