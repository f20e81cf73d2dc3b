//! Clock policies as data: which deadline a matter gets, by first match.
//!
//! For each kind of clock the first policy that matches subject, type, channel and priority sets the
//! target. A clock keeps a copy of what set it; another version of a policy changes a deadline only
//! where a rule aims the clock anew, and says so.

use std::collections::BTreeSet;
use std::time::Duration;

use kefu_kernel::Calendar;
use kefu_kernel::clock::{Allowance, DayEnd, Target};
use kefu_kernel::field::check_code;
use serde::Deserialize;

use super::words::{Category, Channel, ClockKind, Priority};

/// The policies that Kefu ships.
const SHIPPED: &str = include_str!("policies.toml");

/// All policies, in the order in which they are tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies(Vec<Policy>);

/// One policy: for what it holds, and what it allows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its code, such as `complaint.resolution`.
    pub code: String,
    /// Counts its changes from 1.
    pub version: u32,
    /// Which clock it sets.
    pub kind: ClockKind,
    /// Of what.
    #[serde(default)]
    pub of: Subject,
    /// Codes of the types of tickets it holds for; none: all.
    #[serde(default)]
    pub types: Vec<String>,
    /// The channels it holds for; none: all.
    #[serde(default)]
    pub channels: Vec<Channel>,
    /// The priorities it holds for; none: all.
    #[serde(default)]
    pub priorities: Vec<Priority>,
    /// The code of the calendar it counts by; none: that of the branch, else the company's.
    #[serde(default)]
    pub calendar: Option<String>,
    /// Minutes of working time. One of three.
    #[serde(default)]
    working_minutes: Option<Minutes>,
    /// Minutes as they pass, nights and holidays included. One of three.
    #[serde(default)]
    elapsed_minutes: Option<Minutes>,
    /// Calendar days after that of the start. One of three.
    #[serde(default)]
    days: Option<u16>,
    /// When on the last of the days it is due: `same_time` (if not said) or `end_of_day`.
    #[serde(default)]
    until: Option<DayEnd>,
    /// The waiting categories in which it stands still.
    #[serde(default)]
    pauses_in: Vec<Category>,
    /// At which percentages to speak up beside the breach at 100.
    #[serde(default)]
    pub ladder: Vec<u16>,
}

/// What a clock is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A ticket.
    #[default]
    Ticket,
    /// A telephone call.
    Call,
}

/// Minutes, the same for all priorities or one number for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Minutes {
    All(u32),
    #[serde(rename_all = "snake_case")]
    ByPriority {
        low: u32,
        normal: u32,
        high: u32,
        urgent: u32,
    },
}

/// What a policy is chosen by.
#[derive(Clone, Copy, Debug)]
pub struct Matter<'a> {
    /// A ticket or a call.
    pub of: Subject,
    /// The code of the ticket's type; empty for a call.
    pub kind: &'a str,
    /// By which way it came.
    pub channel: Channel,
    /// Its priority.
    pub priority: Priority,
}

/// A policy's data contradict what the rules rely on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoliciesError {
    /// The file is not what it must be.
    #[error("clock policies: {0}")]
    Format(String),
    /// A policy says something impossible.
    #[error("policy `{code}`: {what}")]
    Policy {
        /// The policy's code.
        code: String,
        /// What is wrong with it.
        what: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "policy")]
    policies: Vec<Policy>,
}

impl Policies {
    /// The policies that Kefu ships.
    pub fn shipped() -> Result<Self, PoliciesError> {
        Self::parse(SHIPPED)
    }

    /// Policies written in TOML; says what is wrong with them otherwise.
    pub fn parse(toml: &str) -> Result<Self, PoliciesError> {
        let file: File =
            toml::from_str(toml).map_err(|error| PoliciesError::Format(error.to_string()))?;
        let mut codes = BTreeSet::new();
        for policy in &file.policies {
            let wrong = |what| PoliciesError::Policy { code: policy.code.clone(), what };
            policy.check().map_err(wrong)?;
            if !codes.insert(&policy.code) {
                return Err(wrong("is there twice".into()));
            }
        }
        Ok(Self(file.policies))
    }

    /// All of them, in the order in which they are tried.
    pub fn iter(&self) -> impl Iterator<Item = &Policy> {
        self.0.iter()
    }

    /// The policy that sets this clock of this matter: the first that matches.
    pub fn choose(&self, kind: ClockKind, matter: &Matter<'_>) -> Option<&Policy> {
        self.0.iter().find(|policy| policy.kind == kind && policy.holds_for(matter))
    }
}

impl Policy {
    /// What it asks of a matter of this priority, counted by `calendar`.
    pub fn target(&self, priority: Priority, calendar: &Calendar) -> Target {
        Target {
            policy: self.code.clone(),
            policy_version: self.version,
            calendar: calendar.spec().code.clone(),
            calendar_revision: calendar.spec().revision,
            allowance: self.allowance(priority),
            ladder: self.ladder.clone(),
        }
    }

    fn allowance(&self, priority: Priority) -> Allowance {
        match (self.working_minutes, self.elapsed_minutes, self.days) {
            (Some(minutes), ..) => Allowance::Working(minutes.of(priority)),
            (_, Some(minutes), _) => Allowance::Elapsed(minutes.of(priority)),
            (.., days) => Allowance::Days {
                count: days.unwrap_or(0),
                until: self.until.unwrap_or(DayEnd::SameTime),
            },
        }
    }

    /// The names of the waiting categories in which it stands still.
    pub fn pauses_in(&self) -> Vec<String> {
        self.pauses_in.iter().map(|category| category.name().to_owned()).collect()
    }

    fn holds_for(&self, matter: &Matter<'_>) -> bool {
        let any = |empty: bool, found: bool| empty || found;
        self.of == matter.of
            && any(self.types.is_empty(), self.types.iter().any(|code| code == matter.kind))
            && any(self.channels.is_empty(), self.channels.contains(&matter.channel))
            && any(self.priorities.is_empty(), self.priorities.contains(&matter.priority))
    }

    fn check(&self) -> Result<(), String> {
        check_code(&self.code)?;
        let given =
            [self.working_minutes.is_some(), self.elapsed_minutes.is_some(), self.days.is_some()];
        if given.iter().filter(|given| **given).count() != 1 {
            return Err("has one of working_minutes, elapsed_minutes and days".into());
        }
        if self.until.is_some() && self.days.is_none() {
            return Err("has `until` without `days`".into());
        }
        if self.pauses_in.iter().any(|category| !category.is_waiting()) {
            return Err("stands still in `pending` and `on_hold` only".into());
        }
        if self.kind == ClockKind::Legal && !self.pauses_in.is_empty() {
            return Err("a legal deadline never stands still".into());
        }
        if self.of == Subject::Call && self.kind != ClockKind::FirstAnswer {
            return Err("a call has a clock of its first answer only".into());
        }
        if self.of == Subject::Call && !self.ladder.is_empty() {
            return Err("a call is too short for warnings".into());
        }
        for priority in Priority::ALL {
            let target = Target {
                policy: self.code.clone(),
                policy_version: self.version,
                calendar: String::new(),
                calendar_revision: 0,
                allowance: self.allowance(*priority),
                ladder: self.ladder.clone(),
            };
            target.check().map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

impl Minutes {
    fn of(self, priority: Priority) -> Duration {
        let minutes = match (self, priority) {
            (Self::All(minutes), _) => minutes,
            (Self::ByPriority { low, .. }, Priority::Low) => low,
            (Self::ByPriority { normal, .. }, Priority::Normal) => normal,
            (Self::ByPriority { high, .. }, Priority::High) => high,
            (Self::ByPriority { urgent, .. }, Priority::Urgent) => urgent,
        };
        Duration::from_secs(u64::from(minutes) * 60)
    }
}
