//! What an order asks of its customer's credit: the question for customers, their answer as it is kept, and
//! what the order takes while it is open.

use std::time::Duration;

use kefu_kernel::{Money, Timestamp};

use super::Order;
use super::words::{CreditRefusal, OrderState, PaymentTerms};
use crate::domain::ids::CustomerId;

/// For how long an answer counts.
const FRESH: Duration = Duration::from_secs(3600);

/// What customers is to be asked before an order is given so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditQuestion {
    /// Whose credit.
    pub customer: CustomerId,
    /// How it is to be paid.
    pub terms: PaymentTerms,
    /// How much.
    pub amount: Money,
}

/// What customers answered to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditAnswer {
    /// What was asked.
    pub question: CreditQuestion,
    /// Why not, every reason; empty where it may.
    pub refusals: Vec<CreditRefusal>,
    /// When it was asked.
    pub asked_at: Timestamp,
}

/// An answer as it stands in an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// The answer.
    pub answer: CreditAnswer,
    /// Why the order was confirmed all the same, and by whom: a code and a principal's id.
    pub overridden: Option<(String, String)>,
}

impl CreditAnswer {
    /// Whether it may be ordered so.
    pub fn is_allowed(&self) -> bool {
        self.refusals.is_empty()
    }
}

impl From<CreditAnswer> for Credit {
    fn from(answer: CreditAnswer) -> Self {
        Self { answer, overridden: None }
    }
}

impl Order {
    /// What customers has to be asked: for what goes on account, the price; where the receiver pays, what is
    /// to be collected. None where nobody has to be, or customer or amount are not known yet.
    pub fn credit_question(&self) -> Option<CreditQuestion> {
        let (terms, amount) = match self.terms {
            Some(PaymentTerms::OnAccount) => (PaymentTerms::OnAccount, self.price),
            Some(PaymentTerms::CashOnDelivery) => {
                (PaymentTerms::CashOnDelivery, self.cod.or(self.price))
            }
            Some(PaymentTerms::Prepaid) | None => (PaymentTerms::CashOnDelivery, self.cod),
        };
        Some(CreditQuestion { customer: self.customer?, terms, amount: amount? })
    }

    /// Whether customers has to be asked again: nobody was, something else was asked, or it is long ago.
    pub fn needs_credit(&self, now: Timestamp) -> Option<CreditQuestion> {
        let question = self.credit_question()?;
        let fresh = self.credit.as_ref().is_some_and(|credit| {
            credit.answer.question == question && now <= credit.answer.asked_at.plus(FRESH)
        });
        (!fresh).then_some(question)
    }

    /// What it takes of the customer's credit now, in minor units of its price: on account, what is still open
    /// from confirmation on until it is paid, fails or is cancelled.
    pub fn credit_taken(&self) -> i64 {
        let owing = matches!(
            self.state,
            OrderState::Confirmed
                | OrderState::HandedOver
                | OrderState::InProgress
                | OrderState::Fulfilled
        );
        if owing && self.terms == Some(PaymentTerms::OnAccount) {
            self.open().map_or(0, Money::minor)
        } else {
            0
        }
    }
}
