//! The clocks of follow-ups and traces: what they measure, and the policies that set them, which are data.

use std::time::Duration;

use kefu_api_events::words;
use kefu_kernel::clock::{Allowance, Clock, Deadline, Target};
use kefu_kernel::field::check_code;
use kefu_kernel::{Calendars, Timestamp};
use serde::Deserialize;

use super::Error;
use super::ids::BranchId;

const SHIPPED: &str = include_str!("policies.toml");

/// The policy of a time that a person named.
const PLANNED: &str = "planned";

words! {
    /// What a clock measures.
    ClockKind as ClockKind {
        /// From a check of a follow-up to the next one that was planned.
        NextCheck = "next_check",
        /// From the request for a trace to the asking agent having its answer.
        TraceAnswer = "trace_answer",
        /// From that answer to the customer being told.
        TraceTold = "trace_told",
    }
}

/// What clocks are set and counted by.
#[derive(Clone, Copy, Debug)]
pub struct Clocks<'a> {
    /// The calendars that they count by.
    pub calendars: &'a Calendars,
    /// The policies that set them.
    pub policies: &'a [Policy],
}

/// What a clock is aimed at.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its code, such as `trace.answer`.
    pub code: String,
    /// Counts its changes from 1.
    pub version: u32,
    /// Which clock it sets.
    pub kind: ClockKind,
    /// The code of the calendar it counts by; none: that of the branch, else the company's.
    #[serde(default)]
    pub calendar: Option<String>,
    /// Minutes of working time.
    working_minutes: u32,
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
    /// The policies that Kefu ships.
    ///
    /// # Errors
    ///
    /// A sentence: what is wrong with the data.
    pub fn shipped() -> Result<Vec<Self>, String> {
        Self::parse(SHIPPED)
    }

    /// Policies written in TOML; says what is wrong with them otherwise.
    ///
    /// # Errors
    ///
    /// A sentence.
    pub fn parse(toml: &str) -> Result<Vec<Self>, String> {
        let file: File =
            toml::from_str(toml).map_err(|error| format!("clock policies: {error}"))?;
        for policy in &file.policies {
            let wrong = |what: String| format!("policy `{}`: {what}", policy.code);
            check_code(&policy.code).map_err(wrong)?;
            if policy.kind == ClockKind::NextCheck {
                return Err(wrong("a next check is planned by people".into()));
            }
            let target = policy.target(String::new(), 0);
            target.check().map_err(|error| wrong(error.to_string()))?;
        }
        Ok(file.policies)
    }

    fn target(&self, calendar: String, calendar_revision: u32) -> Target {
        Target {
            policy: self.code.clone(),
            policy_version: self.version,
            calendar,
            calendar_revision,
            allowance: Allowance::Working(Duration::from_secs(
                u64::from(self.working_minutes) * 60,
            )),
            ladder: self.ladder.clone(),
        }
    }
}

impl Clocks<'_> {
    /// A clock that starts now, by the first policy for it; none where there is no policy.
    ///
    /// # Errors
    ///
    /// Where its calendar is not known here yet.
    pub(crate) fn start(
        &self,
        kind: ClockKind,
        at: Timestamp,
        branch: Option<BranchId>,
    ) -> Result<Option<Deadline<ClockKind>>, Error> {
        let Some(policy) = self.policies.iter().find(|policy| policy.kind == kind) else {
            return Ok(None);
        };
        let calendar = self.calendars.for_policy(policy.calendar.as_deref(), branch)?.spec();
        let target = policy.target(calendar.code.clone(), calendar.revision);
        self.deadline(kind, at, target).map(Some)
    }

    /// A clock that runs until a moment that a person named.
    ///
    /// # Errors
    ///
    /// Where it cannot be reckoned.
    pub(crate) fn plan(
        &self,
        kind: ClockKind,
        at: Timestamp,
        until: Timestamp,
        branch: Option<BranchId>,
    ) -> Result<Deadline<ClockKind>, Error> {
        let calendar = self.calendars.of_branch(branch).spec();
        let target = Target {
            policy: PLANNED.to_owned(),
            policy_version: 0,
            calendar: calendar.code.clone(),
            calendar_revision: calendar.revision,
            allowance: Allowance::Until(until),
            ladder: Vec::new(),
        };
        self.deadline(kind, at, target)
    }

    fn deadline(
        &self,
        kind: ClockKind,
        at: Timestamp,
        target: Target,
    ) -> Result<Deadline<ClockKind>, Error> {
        let clock = Clock::start(at, target);
        Ok(Deadline::start(kind, 0, Vec::new(), clock, self.calendars)?)
    }
}

/// The earliest deadline of a clock that runs.
pub(crate) fn due_at(clocks: &[Deadline<ClockKind>]) -> Option<Timestamp> {
    let running = clocks.iter().filter(|clock| !clock.clock.is_over());
    running.filter_map(|clock| clock.due_at).min()
}

/// Whether a clock has been breached.
pub(crate) fn is_breached(clocks: &[Deadline<ClockKind>]) -> bool {
    clocks.iter().any(|clock| clock.breached_at.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_policies_hold_together() {
        assert_eq!(Policy::shipped().unwrap().len(), 2);
        let planned = SHIPPED.replacen("trace_answer", "next_check", 1);
        assert!(Policy::parse(&planned).unwrap_err().contains("planned by people"));
        let endless = SHIPPED.replacen("ladder = [80]", "ladder = [100]", 1);
        assert!(Policy::parse(&endless).is_err());
    }
}
