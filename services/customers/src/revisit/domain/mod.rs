//! The rules of revisits, pure: each verb takes the revisit as it is and returns it as it becomes, with the
//! events that tell of it, or says why not.
//!
//! - `policy.rs`: what owes revisits, as data; shipped in `policies.toml`.
//! - `occasions.rs`: what happened in the services that owes a revisit, or ends one.
//! - `schedule.rs`: which days count.
//! - `plan.rs`: owing, planning, assigning, cancelling, and what passes by itself.
//! - `make.rs`: attempts and answers. `finish.rs`: promises, the head's answer, closing.
//! - `deadline.rs`, `explain.rs`: its deadlines, as events tell them and as people ask for them.
//! - `coverage.rs`, `balance.rs`: how many were made, and who makes the next.
//! - `change.rs`: one step in the making, and what events tell of it.
//!
//! Whatever happens in whatever order (the tests walk at random and look): no attempt is made in quiet hours,
//! nor after the end; what was breached stays breached; and a revisit that is closed was answered, and closed by
//! another than who handled the matter.

mod balance;
mod change;
mod coverage;
mod deadline;
mod error;
mod explain;
mod finish;
mod make;
mod occasions;
mod plan;
mod policy;
mod schedule;
pub mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use kefu_kernel::{Head, NewEvent, Timestamp};

use crate::domain::ids::{BranchId, CustomerId, DepartmentId, PersonId, RevisitId};
use kefu_api_events::Channel;

use self::words::{Occasion, OpinionKind, Outcome, State, Verdict};

pub use self::balance::least_busy;
pub use self::coverage::{Cell, Covered, cells};
pub use self::error::Error;
pub use self::make::{Answers, NewOpinion, NewPromise, Try};
pub use self::occasions::{Happened, Key, Occurrence, happened, owed};
pub use self::plan::Plan;
pub use self::policy::{PoliciesError, Policy, PolicyDecision, Question, Rule};
pub use self::schedule::Schedule;

/// The policy of a revisit that a person planned.
pub const MANUAL: &str = "manual";

/// What a verb comes to: the revisit as it becomes, and the events that tell of it, in order. No events:
/// nothing changed.
pub type Decision = Result<(Revisit, Vec<NewEvent>), Error>;

/// One return contact that is owed to a customer, from what it follows on to its close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revisit {
    /// Identity, version, branch; `created_at` is when it became owed.
    pub head: Head,
    /// The customer.
    pub customer: CustomerId,
    /// The code of the policy that owes it; [`MANUAL`] where a person planned it.
    pub policy: String,
    /// The version of that policy; 0 where a person planned it.
    pub policy_version: i32,
    /// Whose script is asked; none: there is none.
    pub script: Option<ScriptOf>,
    /// After how many attempts that bring nothing it is given up.
    pub max_attempts: u8,
    /// What it follows on.
    pub occasion: Occasion,
    /// When that happened.
    pub occasion_at: Timestamp,
    /// By which calendar its days were counted.
    pub calendar: CalendarOf,
    /// The id of the ticket, order, shipment or claim that it follows on.
    pub subject: Option<String>,
    /// The episode of that subject; 0 where it has none.
    pub episode: i32,
    /// The department whose work it asks about.
    pub department: Option<DepartmentId>,
    /// Who handled the matter that it asks about.
    pub handlers: Handlers,
    /// How it stands.
    pub state: State,
    /// Who makes it.
    pub assignee: Option<PersonId>,
    /// From when on it may be made.
    pub opens_at: Timestamp,
    /// When it is due; the customer's choice of another hour moves it.
    pub due_at: Timestamp,
    /// When it was due at first.
    pub first_due_at: Timestamp,
    /// The hour that the customer chose for the next attempt.
    pub next_attempt_at: Option<Timestamp>,
    /// When it ran out; stays, even where it is made later or gets another hour.
    pub breached_at: Option<Timestamp>,
    /// When the customer answered.
    pub reached_at: Option<Timestamp>,
    /// What the customer said of the service.
    pub verdict: Option<Verdict>,
    /// The attempts, in order.
    pub attempts: Vec<Attempt>,
    /// Answers to the script's questions, by the question's code. Personal data.
    pub answers: BTreeMap<String, String>,
    /// What the customer said, one by one.
    pub opinions: Vec<Opinion>,
    /// Promises of an answer.
    pub promises: Vec<Promise>,
    /// The department head's answer.
    pub department_answer: Option<DepartmentAnswer>,
    /// The ticket that a dissatisfied verdict opened or reopened.
    pub ticket: Option<String>,
    /// When it was closed, given up or cancelled.
    pub ended_at: Option<Timestamp>,
    /// Who closed it: a principal's id; empty while it is not.
    pub closed_by: String,
}

/// A version of a policy, whose script is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptOf {
    /// The policy's code.
    pub policy: String,
    /// Its version.
    pub version: i32,
}

/// A state of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarOf {
    /// Its code.
    pub code: String,
    /// Its revision.
    pub revision: u32,
}

/// Who handled a matter: neither of them closes the revisit that asks about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handlers {
    /// Who worked on it last.
    pub handler: Option<PersonId>,
    /// Who answered for it from first contact to close.
    pub owner: Option<PersonId>,
}

/// One try to reach the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1.
    pub number: i32,
    /// By which way.
    pub channel: Channel,
    /// What came of it.
    pub outcome: Outcome,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who made it: a principal's id.
    pub made_by: String,
    /// What is to be remembered of it. Personal data.
    pub note: String,
    /// The hour that the customer chose instead.
    pub rescheduled_to: Option<Timestamp>,
    /// The deadline that holds because of that hour; none: as it was.
    pub due_at: Option<Timestamp>,
    /// The call it was made by.
    pub call: Option<String>,
}

/// One thing that the customer said in a revisit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// From 1.
    pub number: i32,
    /// What it is.
    pub kind: OpinionKind,
    /// What it is about: a code, empty where not told.
    pub cause: String,
    /// What the customer said. Personal data.
    pub text: String,
    /// The ticket that it became.
    pub ticket: Option<String>,
}

/// That the customer will be told something by a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// From 1.
    pub number: i32,
    /// What was promised. Personal data.
    pub text: String,
    /// When it was given.
    pub made_at: Timestamp,
    /// By when.
    pub due_at: Timestamp,
    /// When it was kept.
    pub kept_at: Option<Timestamp>,
    /// Whether it was not kept in time; stays.
    pub breached: bool,
}

/// What the head of the department answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepartmentAnswer {
    /// In words. Personal data.
    pub text: String,
    /// Who answered: a principal's id.
    pub answered_by: String,
    /// When.
    pub answered_at: Timestamp,
}

impl Revisit {
    /// Its id.
    pub fn id(&self) -> RevisitId {
        RevisitId::from(self.head.id)
    }

    /// The branch it belongs to.
    pub fn branch(&self) -> Option<BranchId> {
        self.head.branch.map(BranchId::from)
    }

    /// What owes it, of which there is one revisit only; none where a person planned it.
    pub fn key(&self) -> Option<Key> {
        let subject = || self.subject.clone().unwrap_or_else(|| self.customer.to_string());
        (self.policy != MANUAL).then(|| Key {
            policy: self.policy.clone(),
            subject: subject(),
            episode: self.episode,
        })
    }

    /// Whether the customer was reached by the time at which it was due.
    pub fn is_reached_in_time(&self) -> bool {
        self.reached_at.is_some_and(|at| at <= self.due_at)
    }

    /// When something passes next by itself, for a durable timer that then calls [`Revisit::fire`]: its day
    /// comes, it runs out, a promise does. None while nothing can.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        let opens = (self.state == State::Scheduled).then_some(self.opens_at);
        let due = self.state.is_owed() && self.breached_at.is_none();
        let due = due.then_some(self.due_at);
        let promises = self.promises.iter().filter(|one| one.kept_at.is_none() && !one.breached);
        promises.map(|promise| promise.due_at).chain(opens).chain(due).min()
    }
}
