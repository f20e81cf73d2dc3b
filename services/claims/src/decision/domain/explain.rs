//! Explaining: whether somebody could decide alone, what is held against their limit, and who could.

use crate::claim::domain::Claim;
use crate::domain::context::Context;
use crate::domain::ids::{ClaimId, DecisionId, PersonId};
use crate::domain::words::{DecisionKind, DecisionState};

use super::authority::{Authority, Matter};

/// Whether a decision could be taken, and by whom. Amounts are minor units of the claim's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Whether that person could take it alone.
    pub alone: bool,
    /// Codes of why not.
    pub obstacles: Vec<&'static str>,
    /// What is held against the limit.
    pub cumulative: i64,
    /// What the sum comes from: claim, decision (none: the one asked about, or what others' sums tell) and amount.
    pub parts: Vec<(ClaimId, Option<DecisionId>, i64)>,
    /// The authority that holds for that person.
    pub authority: Option<Authority>,
    /// Codes of the roles whose limits would do.
    pub roles_that_could: Vec<String>,
}

impl Claim {
    /// Whether a person could take a decision alone, what is held against their limit, and which roles could.
    pub fn explain_authority(
        &self,
        context: &Context<'_>,
        person: PersonId,
        kind: DecisionKind,
        amount: i64,
    ) -> Explained {
        let matter = Matter { kind, currency: self.currency, at: context.now };
        let cumulative = self.cumulative(context.shipment, kind, amount);
        let mixed = context.shipment.has_other_currencies(kind, self.currency);
        let authority = context.authorities.own(person, matter);
        let mut obstacles = Vec::new();
        match &authority {
            None => obstacles.push("no_limit"),
            Some(authority) if !authority.covers(cumulative, mixed) => {
                obstacles.push("limit_exceeded");
            }
            Some(authority) if authority.needs_second(cumulative) => obstacles.push("four_eyes"),
            Some(_) => {}
        }
        if self.has_payee_of(person) {
            obstacles.push("payee_creator");
        }
        if kind == DecisionKind::Denial {
            obstacles.push("denial");
        }
        let could = |role: &&str| {
            let of_role = context.authorities.of_role(role, matter);
            of_role.is_some_and(|authority| authority.covers(cumulative, mixed))
        };
        let roles = context.authorities.roles_with_limits();
        Explained {
            alone: obstacles.is_empty(),
            obstacles,
            cumulative,
            parts: self.parts(context, kind, amount),
            authority,
            roles_that_could: roles.into_iter().filter(could).map(str::to_owned).collect(),
        }
    }

    fn parts(
        &self,
        context: &Context<'_>,
        kind: DecisionKind,
        amount: i64,
    ) -> Vec<(ClaimId, Option<DecisionId>, i64)> {
        let mut parts = Vec::new();
        if matches!(kind, DecisionKind::Expense | DecisionKind::WriteOff) {
            let counts = |state| matches!(state, DecisionState::Signed | DecisionState::Pending);
            let own = self.decisions.iter().filter(|d| d.kind == kind && counts(d.state));
            parts.extend(own.map(|d| (self.id(), Some(d.id), d.amount.unwrap_or(0))));
        } else if kind == DecisionKind::Reserve && self.decided(kind) > 0 {
            parts.push((self.id(), None, self.decided(kind)));
        }
        parts.push((self.id(), None, amount));
        let same = context.shipment.others.iter().filter(|(_, p)| p.currency == self.currency);
        parts.extend(same.filter_map(|(id, p)| Some((*id, None, *p.decided.get(&kind)?))));
        parts.retain(|(_, _, amount)| *amount > 0);
        parts
    }
}
