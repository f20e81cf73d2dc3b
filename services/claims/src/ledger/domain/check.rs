//! Checking a ledger against everything that it promises, from its entries alone.

use std::collections::BTreeMap;

use crate::claim::domain::Claim;
use crate::decision::domain::shipment::Shipment;
use crate::domain::words::{AccountKind, CostKind, PaymentState, PostingKind, State};

use super::post::sides;
use super::{Figures, Posting};

/// A promise of the ledger, and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its code.
    pub code: &'static str,
    /// What is wrong; empty where it holds.
    pub detail: String,
}

impl Claim {
    /// The twelve promises of its ledger, in order.
    pub fn check_ledger(&self, shipment: &Shipment) -> Vec<Rule> {
        let rules: [(&'static str, Result<(), String>); 12] = [
            ("balanced", self.check_balanced()),
            ("immutable", self.check_reversals()),
            ("paid_within_reserve", self.check_course()),
            ("approved_within_cap", self.check_approved()),
            ("incurred_adds_up", self.check_incurred()),
            ("payment_once", self.check_references()),
            ("clear_when_closed", self.check_closed()),
            ("waybill_within_cap", self.check_waybill(shipment)),
            ("recovery_within_paid", self.check_recovered()),
            ("currency_exact", self.check_conversions()),
            ("balances_from_entries", self.check_balances()),
            ("freight_once", self.check_freight(shipment)),
        ];
        let told = |(code, held): (&'static str, Result<(), String>)| Rule {
            code,
            detail: held.err().unwrap_or_default(),
        };
        rules.into_iter().map(told).collect()
    }

    /// I1: the entries of every posting come to nothing, and are those of its kind.
    fn check_balanced(&self) -> Result<(), String> {
        for posting in &self.ledger.postings {
            let sum: i64 = posting.entries.iter().map(|entry| entry.debit).sum();
            if sum != 0 || posting.entries.is_empty() {
                return Err(format!("posting {} does not balance", posting.id));
            }
            let amount = posting.amount();
            let pairs = sides(posting.kind).iter();
            let wanted: Vec<_> = pairs.flat_map(|(d, c)| [(*d, amount), (*c, -amount)]).collect();
            let has: Vec<_> = posting.entries.iter().map(|e| (e.kind, e.debit)).collect();
            if posting.kind != PostingKind::Reversal && wanted != has {
                return Err(format!("posting {} has other entries than its kind", posting.id));
            }
        }
        Ok(())
    }

    /// I2: a reversal and what it reverses name each other, and their entries are each other's turned round. That no
    /// row of a posting is changed or deleted, the store sees to.
    fn check_reversals(&self) -> Result<(), String> {
        for posting in &self.ledger.postings {
            let Some(id) = posting.reverses else {
                if posting.kind == PostingKind::Reversal {
                    return Err(format!("posting {} reverses nothing", posting.id));
                }
                continue;
            };
            let reversed = self.ledger.posting(id);
            let turned = reversed.is_some_and(|reversed| {
                let pairs = reversed.entries.iter().zip(&posting.entries);
                reversed.reversed_by == Some(posting.id)
                    && reversed.entries.len() == posting.entries.len()
                    && pairs.into_iter().all(|(a, b)| (a.account, -a.debit) == (b.account, b.debit))
            });
            if !turned {
                return Err(format!("posting {} is no reversal of {id}", posting.id));
            }
        }
        Ok(())
    }

    /// I3: after every posting, nothing set aside or ordered was below zero: no more was ever ordered than was set
    /// aside, and no more paid than was ordered.
    fn check_course(&self) -> Result<(), String> {
        let mut balances = BTreeMap::new();
        for posting in &self.ledger.postings {
            for entry in &posting.entries {
                *balances.entry((posting.exposure, entry.kind)).or_insert(0_i64) += entry.debit;
            }
            for kind in [AccountKind::Reserve, AccountKind::Payable, AccountKind::Recovered] {
                if balances.get(&(posting.exposure, kind)).is_some_and(|balance| *balance > 0) {
                    return Err(format!("{} was below zero after {}", kind.name(), posting.id));
                }
            }
        }
        Ok(())
    }

    /// I4: what is granted is within what is claimed and, where it is owed, within the cap; and no more was ordered and
    /// paid than is granted.
    fn check_approved(&self) -> Result<(), String> {
        let settlement = self.settlement.unwrap_or(0);
        if self.approved() > self.claimed() {
            return Err("more is granted than claimed".to_owned());
        }
        if self.cap().is_some_and(|cap| settlement > cap) {
            return Err("more is granted than the cap".to_owned());
        }
        for exposure in &self.exposures {
            let (granted, used) = self.granted_and_used(exposure.id, exposure.cost_kind);
            // A denial, or a claim that was given up, grants nothing any more; nothing was paid then.
            if used > granted {
                return Err(format!("more was ordered on {} than is granted", exposure.id));
            }
        }
        Ok(())
    }

    /// I5: incurred is what is set aside, ordered and paid, less what came in; and what was paid and came in is what the
    /// bank saw.
    fn check_incurred(&self) -> Result<(), String> {
        let by = |kind| self.entries_of(|posting| posting.kind == kind);
        let back = |kind| {
            self.entries_of(|posting| {
                let reversed = posting.reverses.and_then(|id| self.ledger.posting(id));
                reversed.is_some_and(|reversed| reversed.kind == kind)
            })
        };
        let net = |kind| by(kind) - back(kind);
        let paid = net(PostingKind::PaymentConfirmed) - net(PostingKind::PaymentReturned);
        let came_in = net(PostingKind::RecoveryReceived) + net(PostingKind::SalvageReceived);
        let total = self.figures_from_entries();
        let bank = self.balance_from_entries(AccountKind::Bank);
        let incurred = self.balance_from_entries(AccountKind::Incurred);
        let adds_up = total.paid == paid
            && total.recovered == came_in
            && bank == came_in - paid
            && incurred == total.reserved + total.ordered + paid
            && total.incurred() == incurred - came_in;
        if adds_up { Ok(()) } else { Err("incurred is not the sum of its parts".to_owned()) }
    }

    /// I6: a bank's reference is under one payment or receipt.
    fn check_references(&self) -> Result<(), String> {
        let mut seen = std::collections::BTreeSet::new();
        let paid = self.payments.iter().filter_map(|payment| payment.reference.as_ref());
        let in_ = self.ledger.postings.iter().filter_map(|posting| posting.reference.as_ref());
        for reference in paid.chain(in_) {
            if !seen.insert(reference) {
                return Err(format!("a reference of `{}` is there twice", reference.0));
            }
        }
        for payment in &self.payments {
            let of_it = |kind| {
                let of_kind = self.ledger.postings.iter().filter(|posting| posting.kind == kind);
                of_kind.filter(|posting| posting.payment == Some(payment.id)).count()
            };
            if of_it(PostingKind::PaymentOrdered) != 1 || of_it(PostingKind::PaymentConfirmed) > 1 {
                return Err(format!("payment {} was posted more than once", payment.id));
            }
        }
        Ok(())
    }

    /// I7: a claim that is over has nothing set aside, ordered, waiting or asked back.
    fn check_closed(&self) -> Result<(), String> {
        match self.not_clear() {
            Some(what) if matches!(self.state, State::Closed | State::Withdrawn) => {
                Err(format!("the claim is over and there is still money {what}"))
            }
            _ => Ok(()),
        }
    }

    /// I8: over the claims of a shipment no party answers for more than the cap.
    fn check_waybill(&self, shipment: &Shipment) -> Result<(), String> {
        let Some(cap) = self.cap() else { return Ok(()) };
        let own = self.shared(self.settlement.unwrap_or(0));
        let above = |key: &_, part: i64| part + shipment.granted(key, self.currency) > cap;
        match own.iter().find(|(key, part)| above(key, **part)) {
            Some((key, _)) => Err(format!("`{}` answers for more than the cap", key.0.name())),
            None => Ok(()),
        }
    }

    /// I9: no more came in, or is asked back, than was paid, expenses included.
    fn check_recovered(&self) -> Result<(), String> {
        let total = self.figures_from_entries();
        let outstanding: i64 = self.recoveries.iter().map(super::Recovery::outstanding).sum();
        if total.recovered + total.recoverable > total.paid || total.recoverable != outstanding {
            return Err("more came in or is asked back than was paid".to_owned());
        }
        Ok(())
    }

    /// I10: what was converted comes to its amount by the rate that is kept with it.
    fn check_conversions(&self) -> Result<(), String> {
        for posting in &self.ledger.postings {
            let Some(conversion) = &posting.conversion else { continue };
            let held = conversion.check(posting.amount(), self.currency, posting.posted_at);
            held.map_err(|error| format!("posting {}: {error}", posting.id))?;
        }
        Ok(())
    }

    /// I11: the balances that are kept are those of the entries.
    fn check_balances(&self) -> Result<(), String> {
        if self.ledger.rebuilt() == self.ledger {
            return Ok(());
        }
        Err("a balance is not the sum of its entries".to_owned())
    }

    /// I12: the freight of a shipment is given back by one claim.
    fn check_freight(&self, shipment: &Shipment) -> Result<(), String> {
        let live = |state| matches!(state, PaymentState::Ordered | PaymentState::Confirmed);
        let of_freight =
            self.payments.iter().filter(|payment| payment.cost_kind == CostKind::FreightRefund);
        match shipment.freight() {
            Some(other) if of_freight.clone().any(|payment| live(payment.state)) => {
                Err(format!("the freight was given back by {other} as well"))
            }
            _ => Ok(()),
        }
    }

    fn entries_of(&self, which: impl Fn(&Posting) -> bool) -> i64 {
        self.ledger.postings.iter().filter(|posting| which(posting)).map(Posting::amount).sum()
    }

    fn balance_from_entries(&self, kind: AccountKind) -> i64 {
        let entries = self.ledger.postings.iter().flat_map(|posting| &posting.entries);
        entries.filter(|entry| entry.kind == kind).map(|entry| entry.debit).sum()
    }

    fn figures_from_entries(&self) -> Figures {
        Figures::of(|kind| self.balance_from_entries(kind))
    }
}
