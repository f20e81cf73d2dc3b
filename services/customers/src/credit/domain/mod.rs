//! The rules of credit, pure: each verb takes a customer's credit as it is and returns it as it becomes, with
//! the events that tell of it, or says why not.
//!
//! - `verbs.rs`: investigating, arrears, holding.
//! - `check.rs`: may this customer order so much in this way?
//! - `error.rs`, `words.rs`: what a rule can refuse, and with which words credit is described.
//!
//! What is used of a limit is no part of a credit record: it follows from the orders.

mod check;
mod error;
mod verbs;
pub mod words;

#[cfg(test)]
mod tests;

use kefu_api_events::v1 as events;
use kefu_api_events::{Subject, wire};
use kefu_kernel::id::text;
use kefu_kernel::{Head, Id, Money, NewEvent, Timestamp};

use crate::domain::ids::{BranchId, CreditId, CustomerId};

use self::words::Grade;

pub use self::check::{Answer, Asked};
pub use self::error::Error;
pub use self::verbs::Investigation;

/// What a verb comes to: the credit as it becomes, and the events that tell of it. No events: nothing changed.
pub type Decision = Result<(Credit, Vec<NewEvent>), Error>;

/// How far a customer is trusted with money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// Identity, version, and the customer's branch.
    pub head: Head,
    /// Whose it is.
    pub customer: CustomerId,
    /// The grade of the last investigation; none: never investigated.
    pub grade: Option<Grade>,
    /// How much may be owed at once; none: nothing is given on credit.
    pub limit: Option<Money>,
    /// What is overdue, each region once, in one currency: the limit's where there is one.
    pub arrears: Vec<Arrears>,
    /// Whether orders with cash on delivery are taken.
    pub cash_on_delivery_allowed: bool,
    /// Why nothing is given now.
    pub hold: Option<Hold>,
    /// From where the grade is known: a code, empty where there is none.
    pub source: String,
    /// Until when the investigation counts; none: until the next.
    pub valid_until: Option<Timestamp>,
    /// When it was last investigated; none: never.
    pub investigated_at: Option<Timestamp>,
    /// Who did: a principal's id, empty where nobody.
    pub investigated_by: String,
    /// What was found, in words. Personal data.
    pub findings: String,
}

/// What a customer owes beyond its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrears {
    /// The code of the region; empty: none told.
    pub region: String,
    /// How much. Positive.
    pub amount: Money,
    /// Since when.
    pub due_since: Timestamp,
}

/// That nothing is given on credit for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Why: a code.
    pub reason: String,
    /// Until when; none: until it is lifted.
    pub until: Option<Timestamp>,
    /// Who put it: a principal's id.
    pub held_by: String,
    /// When.
    pub held_at: Timestamp,
}

impl Credit {
    /// The credit of a customer that was never investigated: no limit, and cash on delivery is taken.
    pub fn unknown(customer: CustomerId, branch: Option<BranchId>, now: Timestamp) -> Self {
        Self {
            head: Head::new(CreditId::of(customer).uuid(), branch.map(Id::uuid), now),
            customer,
            grade: None,
            limit: None,
            arrears: Vec::new(),
            cash_on_delivery_allowed: true,
            hold: None,
            source: String::new(),
            valid_until: None,
            investigated_at: None,
            investigated_by: String::new(),
            findings: String::new(),
        }
    }

    /// What is overdue over all regions; none where nothing is. It fits: [`Credit::set_arrears`] saw to it.
    pub fn overdue(&self) -> Option<Money> {
        let first = self.arrears.first()?.amount;
        let amounts = self.arrears.iter().map(|arrears| arrears.amount);
        Money::sum(first.currency(), amounts).ok()
    }

    /// When its hold is over, for a durable timer that then calls [`Credit::expire_hold`].
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.hold.as_ref().and_then(|hold| hold.until)
    }
}

impl Subject for Credit {
    type Facts = events::CreditFacts;

    fn subject_id(&self) -> String {
        self.customer.to_string()
    }

    fn facts(&self) -> events::CreditFacts {
        events::CreditFacts {
            grade: self.grade.map_or(events::CreditGrade::Unspecified, Into::into).into(),
            limit: self.limit.map(wire::money),
            overdue: self.overdue().map(wire::money),
            cash_on_delivery_allowed: self.cash_on_delivery_allowed,
            hold_reason: self.hold.as_ref().map(|hold| hold.reason.clone()).unwrap_or_default(),
            branch_id: text(self.head.branch.map(BranchId::from)),
            valid_until: self.valid_until.map(wire::timestamp),
        }
    }

    fn changed(before: &Self, now: &Self) -> Vec<String> {
        let cash = |credit: &Self| credit.cash_on_delivery_allowed;
        [
            ("grade", before.grade != now.grade),
            ("limit", before.limit != now.limit),
            ("arrears", before.arrears != now.arrears),
            ("cash_on_delivery_allowed", cash(before) != cash(now)),
            ("hold", before.hold != now.hold),
            ("source", before.source != now.source),
            ("valid_until", before.valid_until != now.valid_until),
            ("investigated_at", before.investigated_at != now.investigated_at),
            ("investigated_by", before.investigated_by != now.investigated_by),
            ("findings", before.findings != now.findings),
        ]
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
}
