//! What a clock is aimed at: an allowance of time, how it is counted, and when to speak up.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Calendar, Timestamp};

/// What a policy allows a clock; a copy of it stays with the clock, so that a later version of the
/// policy does not change a deadline in silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The policy that set it, such as `phone.first_answer`.
    pub policy: String,
    /// That policy's version.
    pub policy_version: u32,
    /// Code of the calendar that it counts by; one in elapsed time only takes its zone from it.
    pub calendar: String,
    /// That calendar's revision.
    pub calendar_revision: u32,
    /// How much time there is, and of what kind.
    pub allowance: Allowance,
    /// At which parts of the allowance to speak up, in percent and ascending: below 100 a warning,
    /// above 100 a reminder after the breach. 100, the breach, is always understood.
    pub ladder: Vec<u16>,
}

/// How much time there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowance {
    /// Working time of the calendar.
    Working(#[serde(with = "millis")] Duration),
    /// Time as it passes, nights and holidays included.
    Elapsed(#[serde(with = "millis")] Duration),
    /// Calendar days in the calendar's zone; the day of the start is day 0. Counted as it passes.
    Days {
        /// How many.
        count: u16,
        /// When on the last of them the time is over.
        until: DayEnd,
    },
    /// Up to a moment that somebody set: an imported due time, a promise. Counted as it passes.
    Until(Timestamp),
}

/// When on the last day an allowance in days is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayEnd {
    /// At the time of the day at which it began.
    SameTime,
    /// When the day is over.
    EndOfDay,
}

/// A target says something impossible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Rungs that are not ascending, are 0 or 100, or are too many.
    #[error(
        "policy {policy}: the ladder must be at most 8 ascending percentages other than 0 and 100"
    )]
    Ladder {
        /// The policy's name.
        policy: String,
    },
    /// No time at all, or more than a hundred years.
    #[error(
        "policy {policy}: the allowance must be longer than nothing and at most a hundred years"
    )]
    Allowance {
        /// The policy's name.
        policy: String,
    },
}

const HUNDRED_YEARS: Duration = Duration::from_secs(100 * 366 * 86_400);

impl Target {
    /// Says what is impossible about it, if anything is.
    pub fn check(&self) -> Result<(), TargetError> {
        let rungs = &self.ladder;
        let bad = rungs.len() > 8
            || rungs.iter().any(|rung| *rung == 0 || *rung == 100)
            || rungs.windows(2).any(|pair| pair[0] >= pair[1]);
        if bad {
            return Err(TargetError::Ladder { policy: self.policy.clone() });
        }
        let possible = match self.allowance {
            Allowance::Working(time) | Allowance::Elapsed(time) => {
                !time.is_zero() && time <= HUNDRED_YEARS
            }
            Allowance::Days { count, .. } => count > 0 && count <= 36_600,
            Allowance::Until(_) => true,
        };
        if possible { Ok(()) } else { Err(TargetError::Allowance { policy: self.policy.clone() }) }
    }

    /// Every rung from the lowest, 100 among them.
    pub(super) fn rungs(&self) -> impl Iterator<Item = u16> + '_ {
        let below = self.ladder.iter().copied().filter(|rung| *rung < 100);
        let above = self.ladder.iter().copied().filter(|rung| *rung > 100);
        below.chain([100]).chain(above)
    }
}

impl Allowance {
    /// The allowance in milliseconds of its own kind of time, for a clock that started at `start`;
    /// not positive where a set moment is not after the start.
    pub(super) fn budget_ms(self, calendar: &Calendar, start: Timestamp) -> i64 {
        match self {
            Self::Working(time) | Self::Elapsed(time) => {
                i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
            }
            Self::Days { count, until } => {
                let zone = calendar.zone();
                let last = zone.day_of(start).plus(i32::from(count));
                let end = match until {
                    DayEnd::SameTime => zone.same_time_on(last, start),
                    DayEnd::EndOfDay => zone.start_of(last.plus(1)),
                };
                end.as_millis() - start.as_millis()
            }
            Self::Until(due) => due.as_millis().saturating_sub(start.as_millis()),
        }
    }

    /// Whether only working time is counted.
    pub fn is_working(self) -> bool {
        matches!(self, Self::Working(_))
    }
}

/// Durations as whole milliseconds.
mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}
