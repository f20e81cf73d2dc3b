//! May this customer order so much in this way? Every reason why not is told at once.

use std::collections::BTreeSet;

use kefu_kernel::{Money, Timestamp};

use super::words::{Refusal, Terms};
use super::{Credit, Error};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// How it is to be paid.
    pub terms: Terms,
    /// How much. Not negative.
    pub amount: Money,
    /// What is owed already by orders that are confirmed and not paid, in the limit's currency; none: nothing.
    pub used: Option<Money>,
    /// Whether the customer is on the block list.
    pub blocked: bool,
}

/// Whether a customer may order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Why not, in their order; empty where it may.
    pub refusals: BTreeSet<Refusal>,
    /// How much more may be owed after it, never less than nothing; none where there is no limit in this
    /// currency.
    pub remaining: Option<Money>,
}

impl Answer {
    /// Whether it may.
    pub fn is_allowed(&self) -> bool {
        self.refusals.is_empty()
    }
}

impl Credit {
    /// Answers as of `now`.
    ///
    /// A blocked customer orders in no way. Held credit takes neither orders on account nor cash on delivery.
    /// On account asks further for a limit in the currency that is not used up, an investigation that counts,
    /// and nothing overdue; cash on delivery asks that it be taken from this customer.
    ///
    /// # Errors
    ///
    /// [`Error::AmountInvalid`] for a negative amount, [`Error::Money`] where `used` is of another currency
    /// than the limit.
    pub fn check(&self, asked: &Asked, now: Timestamp) -> Result<Answer, Error> {
        if asked.amount.minor() < 0 {
            let what = "cannot be negative";
            return Err(Error::AmountInvalid { field: "amount".into(), what });
        }
        let on_account = asked.terms == Terms::OnAccount;
        let mut refusals = BTreeSet::new();
        let mut refuse = |refusal, when: bool| {
            if when {
                refusals.insert(refusal);
            }
        };
        refuse(Refusal::Blocked, asked.blocked);
        refuse(Refusal::Held, asked.terms != Terms::Prepaid && self.is_held(now));
        let out_of_date = self.valid_until.is_some_and(|until| until <= now);
        refuse(Refusal::OutOfDate, on_account && out_of_date);
        refuse(Refusal::Arrears, on_account && !self.arrears.is_empty());
        let cash = asked.terms == Terms::CashOnDelivery;
        refuse(Refusal::NoCashOnDelivery, cash && !self.cash_on_delivery_allowed);
        let limit = self.limit.filter(|limit| limit.currency() == asked.amount.currency());
        refuse(Refusal::NoLimit, on_account && limit.is_none());
        let mut remaining = None;
        if let Some(limit) = limit {
            let nothing = Money::zero(limit.currency());
            let free = limit.checked_sub(asked.used.unwrap_or(nothing))?;
            let needed = if on_account { asked.amount } else { nothing };
            let left = free.checked_sub(needed)?.minor();
            refuse(Refusal::LimitExceeded, on_account && left < 0);
            remaining = Some(Money::new(left.max(0), limit.currency()));
        }
        Ok(Answer { refusals, remaining })
    }

    /// Whether nothing is given at this moment.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.hold.as_ref().is_some_and(|hold| hold.until.is_none_or(|until| until > now))
    }
}
