//! How a revisit becomes owed, who makes it, how it ceases to be owed, and what passes by itself.

use std::collections::BTreeMap;

use kefu_api_events::v1 as events;
use kefu_kernel::clock::ClockError;
use kefu_kernel::{Calendar, Head, Id, Timestamp};

use crate::domain::Context;
use crate::domain::ids::{BranchId, CustomerId, DepartmentId, PersonId, RevisitId};

use super::change::Change;
use super::occasions::Occurrence;
use super::policy::Policy;
use super::schedule::Schedule;
use super::words::{Occasion, State};
use super::{CalendarOf, Decision, Error, Handlers, MANUAL, Revisit, ScriptOf};

/// After how many attempts a revisit that a person planned is given up.
const MANUAL_ATTEMPTS: u8 = 3;

/// A revisit that a person plans.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its id, made for it.
    pub id: RevisitId,
    /// The customer.
    pub customer: CustomerId,
    /// The customer's branch.
    pub branch: Option<BranchId>,
    /// What it follows on.
    pub occasion: Occasion,
    /// The id of the ticket, order, shipment or claim that it follows on.
    pub subject: Option<String>,
    /// Who handled that.
    pub handlers: Handlers,
    /// The department whose work it asks about.
    pub department: Option<DepartmentId>,
    /// From when on it may be made; none: now. Before it is due.
    pub opens_at: Option<Timestamp>,
    /// When it is due. Later than now.
    pub due_at: Timestamp,
    /// Who makes it.
    pub assignee: Option<PersonId>,
    /// Whose script is asked.
    pub script: Option<ScriptOf>,
}

impl Revisit {
    /// What a policy owes for what happened. `calendar` is that of the customer's branch.
    ///
    /// # Errors
    ///
    /// [`Error::Clock`] where the calendar has no days that count.
    pub fn owe(
        context: &Context<'_>,
        id: RevisitId,
        policy: &Policy,
        what: &Occurrence,
        calendar: &Calendar,
        assignee: Option<PersonId>,
    ) -> Decision {
        let rule = &policy.rule;
        let times = Schedule::of(what.at, rule.opens_after_days, rule.due_day, calendar)
            .map_err(ClockError::from)?;
        let plan = Plan {
            id,
            customer: what.customer,
            branch: what.branch,
            occasion: what.occasion,
            subject: what.subject.clone(),
            handlers: what.handlers,
            department: what.department,
            opens_at: Some(times.opens_at),
            due_at: times.due_at,
            assignee,
            script: Some(ScriptOf { policy: policy.code.clone(), version: policy.version }),
        };
        let revisit = Self {
            policy: policy.code.clone(),
            policy_version: policy.version,
            max_attempts: rule.max_attempts,
            occasion_at: what.at,
            episode: what.episode,
            ..Self::blank(context, plan, calendar)
        };
        Change::new(revisit, context).scheduled()
    }

    /// Plans a revisit by hand.
    ///
    /// # Errors
    ///
    /// [`Error::TimeOutOfRange`].
    pub fn plan(context: &Context<'_>, plan: Plan, calendar: &Calendar) -> Decision {
        let wrong =
            |field: &str, what| Err(Error::TimeOutOfRange { field: field.to_owned(), what });
        if plan.due_at <= context.now {
            return wrong("due_at", "must be in the future");
        }
        if plan.opens_at.is_some_and(|opens| opens >= plan.due_at) {
            return wrong("opens_at", "must be before it is due");
        }
        Change::new(Self::blank(context, plan, calendar), context).scheduled()
    }

    /// Gives it to somebody to make, or takes it off.
    ///
    /// # Errors
    ///
    /// [`Error::Over`], [`Error::AlreadyAssigned`].
    pub fn assign(&self, context: &Context<'_>, assignee: Option<PersonId>) -> Decision {
        let mut change = Change::begin(self, context);
        let (id, state) = (self.id(), change.revisit.state);
        if state.is_over() {
            return Err(Error::Over { id, state });
        }
        if assignee == self.assignee {
            return Err(Error::AlreadyAssigned(id));
        }
        change.revisit.assignee = assignee;
        change.tell(events::RevisitAssigned::default());
        change.done()
    }

    /// Says that it is not owed any more. One whose customer was reached was made, and stays.
    ///
    /// # Errors
    ///
    /// [`Error::Over`].
    pub fn cancel(&self, context: &Context<'_>, reason: &str) -> Decision {
        let mut change = Change::begin(self, context);
        change.must_be_owed()?;
        change.end(State::Cancelled);
        let reason = reason.to_owned();
        change.tell(events::RevisitCancelled { reason, ..Default::default() });
        change.done()
    }

    /// Tells what has passed by itself by now: what a durable timer calls at [`Revisit::wakes_at`]. Safe to call
    /// early, late and twice.
    ///
    /// # Errors
    ///
    /// None.
    pub fn fire(&self, context: &Context<'_>) -> Decision {
        let mut change = Change::of(self, context);
        change.tell_passed(change.now);
        change.done()
    }

    fn blank(context: &Context<'_>, plan: Plan, calendar: &Calendar) -> Self {
        let spec = calendar.spec();
        Self {
            head: Head::new(plan.id.uuid(), plan.branch.map(Id::uuid), context.now),
            customer: plan.customer,
            policy: MANUAL.to_owned(),
            policy_version: 0,
            script: plan.script,
            max_attempts: MANUAL_ATTEMPTS,
            occasion: plan.occasion,
            occasion_at: context.now,
            calendar: CalendarOf { code: spec.code.clone(), revision: spec.revision },
            subject: plan.subject,
            episode: 0,
            department: plan.department,
            handlers: plan.handlers,
            state: State::Scheduled,
            assignee: plan.assignee,
            opens_at: plan.opens_at.unwrap_or(context.now),
            due_at: plan.due_at,
            first_due_at: plan.due_at,
            next_attempt_at: None,
            breached_at: None,
            reached_at: None,
            verdict: None,
            attempts: Vec::new(),
            answers: BTreeMap::new(),
            opinions: Vec::new(),
            promises: Vec::new(),
            department_answer: None,
            ticket: None,
            ended_at: None,
            closed_by: String::new(),
        }
    }
}

impl Change<'_> {
    fn scheduled(mut self) -> Decision {
        let (policy_version, subject_episode) = (self.revisit.policy_version, self.revisit.episode);
        self.tell(events::RevisitScheduled {
            policy_version,
            subject_episode,
            ..Default::default()
        });
        self.tell_passed(self.now.minus(std::time::Duration::from_millis(1)));
        self.done()
    }

    /// It is over from now on.
    pub(super) fn end(&mut self, state: State) {
        self.revisit.state = state;
        self.revisit.ended_at = Some(self.now);
        self.revisit.next_attempt_at = None;
    }
}
