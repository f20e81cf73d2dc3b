//! What the claims on one shipment come to together: what limits of authority and caps are held against, so that
//! neither is passed by claiming twice.

use std::collections::BTreeMap;

use kefu_kernel::Currency;

use crate::claim::domain::Claim;
use crate::domain::ids::ClaimId;
use crate::domain::words::{ClaimType, CostKind, DecisionKind, DecisionState, Party, PaymentState};

/// What the other claims on a shipment come to; empty for a claim without one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shipment {
    /// By claim.
    pub others: BTreeMap<ClaimId, Portion>,
}

/// What one claim comes to, in minor units of its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portion {
    /// Of all its amounts.
    pub currency: Currency,
    /// Of each kind what was decided or waits.
    pub decided: BTreeMap<DecisionKind, i64>,
    /// What is granted or waits to be, by who has to answer, which one, and for what.
    pub granted: BTreeMap<(Party, String, ClaimType), i64>,
    /// Whether it gave the freight back, or ordered it.
    pub freight: bool,
}

impl Portion {
    /// Whether there is nothing to reckon with.
    pub fn is_empty(&self) -> bool {
        self.decided.values().all(|sum| *sum == 0) && !self.freight
    }
}

impl Shipment {
    /// What the others' decisions of a kind come to, in a currency.
    pub fn decided(&self, kind: DecisionKind, currency: Currency) -> i64 {
        let same = self.others.values().filter(|portion| portion.currency == currency);
        same.filter_map(|portion| portion.decided.get(&kind)).sum()
    }

    /// Whether others have decisions of a kind in another currency, which cannot be summed.
    pub fn has_other_currencies(&self, kind: DecisionKind, currency: Currency) -> bool {
        let sum = |portion: &Portion| portion.decided.get(&kind).copied().unwrap_or(0);
        self.others.values().any(|portion| portion.currency != currency && sum(portion) > 0)
    }

    /// What others grant for the same peril that the same party has to answer for.
    pub fn granted(&self, key: &(Party, String, ClaimType), currency: Currency) -> i64 {
        let same = self.others.values().filter(|portion| portion.currency == currency);
        same.filter_map(|portion| portion.granted.get(key)).sum()
    }

    /// Another claim that gave the freight back.
    pub fn freight(&self) -> Option<ClaimId> {
        self.others.iter().find(|(_, portion)| portion.freight).map(|(id, _)| *id)
    }
}

impl Claim {
    /// What it comes to itself.
    pub fn portion(&self) -> Portion {
        let sums = DecisionKind::ALL.iter().map(|kind| (*kind, self.decided(*kind)));
        let settlement = self.decided(DecisionKind::Settlement);
        let freight = self.payments.iter().any(|payment| {
            let live = matches!(payment.state, PaymentState::Ordered | PaymentState::Confirmed);
            live && payment.cost_kind == CostKind::FreightRefund
        });
        Portion {
            currency: self.currency,
            decided: sums.filter(|(_, sum)| *sum > 0).collect(),
            granted: self.shared(settlement),
            freight,
        }
    }

    /// What its own decisions of a kind come to, those that wait included.
    pub fn decided(&self, kind: DecisionKind) -> i64 {
        let waits = |kind| {
            let of_kind = self.pending_decisions().filter(move |d| d.kind == kind);
            of_kind.filter_map(|d| d.amount)
        };
        match kind {
            DecisionKind::Settlement => {
                self.settlement.into_iter().chain(waits(kind)).max().unwrap_or(0)
            }
            DecisionKind::ExGratia => {
                self.ex_gratia.into_iter().chain(waits(kind)).max().unwrap_or(0)
            }
            DecisionKind::Reserve => {
                self.exposures.iter().map(|exposure| self.reserve_wanted(exposure.id)).sum()
            }
            DecisionKind::Expense | DecisionKind::WriteOff => {
                let counts = |d: &&super::Decision| {
                    matches!(d.state, DecisionState::Signed | DecisionState::Pending)
                };
                let of_kind = self.decisions.iter().filter(|d| d.kind == kind).filter(counts);
                of_kind.filter_map(|d| d.amount).sum()
            }
            DecisionKind::Denial | DecisionKind::TimeLimitWaiver => 0,
        }
    }

    /// An amount by who has to answer for it, as the assessment shares it; parts are rounded up, so that no cap is
    /// passed by a rounding.
    pub fn shared(&self, amount: i64) -> BTreeMap<(Party, String, ClaimType), i64> {
        let shares = self.assessment.iter().flat_map(|assessment| &assessment.shares);
        let part = |bp: i32| {
            let part = (i128::from(amount) * i128::from(bp) + 9_999) / 10_000;
            i64::try_from(part).unwrap_or(i64::MAX)
        };
        let parts = shares
            .map(|share| ((share.party, share.code.clone(), self.kind), part(share.basis_points)));
        parts.filter(|(_, part)| *part > 0).collect()
    }
}
