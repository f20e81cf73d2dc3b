//! The data that the rules go by, gathered: types, policies, calendars. A snapshot: a rule sees one
//! state of all of them from its beginning to its end.

use std::collections::BTreeMap;

use kefu_kernel::clock::Target;
use kefu_kernel::{Calendar, Timestamp};

use super::error::Error;
use super::ids::BranchId;
use super::policies::{Policies, Policy};
use super::types::{TicketType, TicketTypes};

/// What the rules go by.
#[derive(Clone, Debug)]
pub struct Rules {
    types: TicketTypes,
    policies: Policies,
    calendars: Calendars,
}

/// Working calendars, as the directory has told of them.
#[derive(Clone, Debug)]
pub struct Calendars {
    /// By code and revision, every one that a clock may still count by.
    all: BTreeMap<(String, u32), Calendar>,
    /// The code of each branch's.
    of_branches: BTreeMap<BranchId, String>,
    company: Calendar,
}

/// What a rule needs to know of the call that it serves.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What the rules go by.
    pub rules: &'a Rules,
    /// The present moment, by the record clock.
    pub now: Timestamp,
    /// Who acts: a principal's id.
    pub actor: &'a str,
}

/// Types and policies contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy `{policy}` is for the type `{kind}`, which there is not")]
pub struct RulesError {
    /// The policy's code.
    pub policy: String,
    /// The unknown type.
    pub kind: String,
}

impl Rules {
    /// Types, policies and calendars together; says where they contradict each other.
    pub fn new(
        types: TicketTypes,
        policies: Policies,
        calendars: Calendars,
    ) -> Result<Self, RulesError> {
        for policy in policies.iter() {
            if let Some(kind) = policy.types.iter().find(|code| types.get(code).is_none()) {
                return Err(RulesError { policy: policy.code.clone(), kind: kind.clone() });
            }
        }
        Ok(Self { types, policies, calendars })
    }

    /// The same with other calendars: when the directory has told of a change.
    pub fn with_calendars(&self, calendars: Calendars) -> Self {
        Self { calendars, ..self.clone() }
    }

    /// The types of tickets.
    pub fn types(&self) -> &TicketTypes {
        &self.types
    }

    /// The clock policies.
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// The calendars.
    pub fn calendars(&self) -> &Calendars {
        &self.calendars
    }

    /// The type with this code, as a request's field `type` names it.
    pub fn ticket_type(&self, code: &str) -> Result<&TicketType, Error> {
        self.types.get(code).ok_or_else(|| Error::unknown("type", code))
    }
}

impl Calendars {
    /// The company's calendar, and no other yet.
    pub fn new(company: Calendar) -> Self {
        let mut calendars =
            Self { all: BTreeMap::new(), of_branches: BTreeMap::new(), company: company.clone() };
        calendars.add(company);
        calendars
    }

    /// Adds a calendar, or a further state of one. Earlier states stay: clocks count by them.
    pub fn add(&mut self, calendar: Calendar) {
        let spec = calendar.spec();
        if spec.code == self.company.spec().code && spec.revision >= self.company.spec().revision {
            self.company = calendar.clone();
        }
        self.all.insert((spec.code.clone(), spec.revision), calendar);
    }

    /// Makes the newest state of the calendar `code` the company's, where there is one.
    pub fn make_company(&mut self, code: &str) {
        if let Some(calendar) = self.newest(code) {
            self.company = calendar.clone();
        }
    }

    /// Lets these branches work by the calendars of these codes, and all others by the company's.
    pub fn assign(&mut self, of_branches: impl IntoIterator<Item = (BranchId, String)>) {
        self.of_branches = of_branches.into_iter().collect();
    }

    /// The calendar of a branch as it is now; the company's where it has none of its own.
    pub fn of_branch(&self, branch: Option<BranchId>) -> &Calendar {
        let code = branch.and_then(|branch| self.of_branches.get(&branch));
        code.and_then(|code| self.newest(code)).unwrap_or(&self.company)
    }

    /// The calendar that a policy counts by, for a matter of this branch.
    pub fn for_policy(
        &self,
        policy: &Policy,
        branch: Option<BranchId>,
    ) -> Result<&Calendar, Error> {
        match &policy.calendar {
            None => Ok(self.of_branch(branch)),
            Some(code) => self
                .newest(code)
                .ok_or_else(|| Error::CalendarUnknown { code: code.clone(), revision: 0 }),
        }
    }

    /// The very state of a calendar that a target counts by.
    pub fn for_target(&self, target: &Target) -> Result<&Calendar, Error> {
        let key = (target.calendar.clone(), target.calendar_revision);
        self.all.get(&key).ok_or(Error::CalendarUnknown { code: key.0, revision: key.1 })
    }

    fn newest(&self, code: &str) -> Option<&Calendar> {
        let states = (code.to_owned(), 0)..=(code.to_owned(), u32::MAX);
        self.all.range(states).next_back().map(|(_, calendar)| calendar)
    }
}
