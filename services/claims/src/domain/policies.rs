//! Clock policies of claims as data: which deadline a claim gets, by first match on its type.

use std::time::Duration;

use kefu_kernel::Calendar;
use kefu_kernel::clock::{Allowance, DayEnd, Target};
use kefu_kernel::field::check_code;
use serde::Deserialize;

use super::words::{ClaimType, ClockKind, State};

/// The policies that Kefu ships.
const SHIPPED: &str = include_str!("policies.toml");

/// One policy: for what it holds, and what it allows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its code, such as `claim.decision`.
    pub code: String,
    /// Counts its changes from 1.
    pub version: u32,
    /// Which clock it sets.
    pub kind: ClockKind,
    /// The types of claims it holds for; none: all.
    #[serde(default)]
    pub types: Vec<ClaimType>,
    /// The code of the calendar it counts by; none: that of the branch, else the company's.
    #[serde(default)]
    pub calendar: Option<String>,
    /// Hours of working time. One of two.
    #[serde(default)]
    working_hours: Option<u32>,
    /// Calendar days after that of the start. One of two.
    #[serde(default)]
    days: Option<u16>,
    /// Whether the claim stands still for it while the claimant has to hand something in.
    #[serde(default)]
    pub pauses_for_documents: bool,
    /// At which percentages to speak up beside the breach at 100.
    #[serde(default)]
    ladder: Vec<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "policy")]
    policies: Vec<Policy>,
}

impl Policy {
    /// The policies that Kefu ships, in the order in which they are tried.
    pub fn shipped() -> Result<Vec<Self>, String> {
        Self::parse(SHIPPED)
    }

    /// Policies written in TOML; says what is wrong with them otherwise.
    pub fn parse(toml: &str) -> Result<Vec<Self>, String> {
        let file: File = toml::from_str(toml).map_err(|error| error.to_string())?;
        for (index, policy) in file.policies.iter().enumerate() {
            let wrong = |what: String| format!("policy `{}`: {what}", policy.code);
            policy.check().map_err(wrong)?;
            if file.policies[..index].iter().any(|other| other.code == policy.code) {
                return Err(wrong("is there twice".to_owned()));
            }
        }
        Ok(file.policies)
    }

    /// Whether it sets this clock for claims of this type.
    pub fn holds_for(&self, kind: ClockKind, of: ClaimType) -> bool {
        self.kind == kind && (self.types.is_empty() || self.types.contains(&of))
    }

    /// What it aims a clock at.
    pub fn target(&self, calendar: &Calendar) -> Target {
        let spec = calendar.spec();
        self.target_of(spec.code.clone(), spec.revision)
    }

    /// Names of the states in which its clocks stand still.
    pub fn pauses_in(&self) -> Vec<String> {
        let state = self.pauses_for_documents.then_some(State::AwaitingDocuments);
        state.into_iter().map(|state| state.name().to_owned()).collect()
    }

    fn target_of(&self, calendar: String, calendar_revision: u32) -> Target {
        let allowance = match self.working_hours {
            Some(hours) => Allowance::Working(Duration::from_secs(u64::from(hours) * 3600)),
            None => Allowance::Days { count: self.days.unwrap_or(0), until: DayEnd::SameTime },
        };
        Target {
            policy: self.code.clone(),
            policy_version: self.version,
            calendar,
            calendar_revision,
            allowance,
            ladder: self.ladder.clone(),
        }
    }

    fn check(&self) -> Result<(), String> {
        check_code(&self.code)?;
        if self.working_hours.is_some() == self.days.is_some() {
            return Err("has one of working_hours and days".to_owned());
        }
        let of_law = matches!(self.kind, ClockKind::ClaimLegal | ClockKind::ClaimReport);
        if of_law && self.pauses_for_documents {
            return Err("a deadline of the law never stands still".to_owned());
        }
        self.target_of(String::new(), 0).check().map_err(|error| error.to_string())
    }
}
