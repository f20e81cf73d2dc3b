//! An explanation in plain English sentences, for a reader who has nothing better. A console says the
//! same in its own language from the steps.

use std::fmt::Write as _;
use std::time::Duration;

use crate::Zone;
use crate::calendar::Closed;

use super::explain::{Explanation, Step};
use super::target::{Allowance, DayEnd, Target};

impl Explanation {
    /// One sentence per step, with times as the wall clock of `zone` shows them.
    pub fn sentences(&self, zone: &Zone) -> Vec<String> {
        self.steps.iter().map(|step| step.sentence(zone)).collect()
    }
}

impl Step {
    /// The step as a sentence, with times as the wall clock of `zone` shows them.
    pub fn sentence(&self, zone: &Zone) -> String {
        let time = |at| zone.format(at);
        match self {
            Self::Started { at, target } => {
                format!("Started {}: {}.", time(*at), target_text(target, zone))
            }
            Self::Retargeted { at, target, reason } => format!(
                "From {} another target holds ({reason}), counted from the start: {}.",
                time(*at),
                target_text(target, zone)
            ),
            Self::DueImported { at, due } => {
                format!("Imported {}: due {}, as the other system set it.", time(*at), time(*due))
            }
            Self::Counted { from, to } => format!(
                "Counted {} from {} to {}.",
                duration_text(to.since(*from)),
                time(*from),
                time(*to)
            ),
            Self::Skipped { from, to, why } => {
                format!("Not counted from {} to {}: {}.", time(*from), time(*to), closed_text(why))
            }
            Self::Condensed { from, to, counted } => format!(
                "Counted {} of working time from {} to {}.",
                duration_text(*counted),
                time(*from),
                time(*to)
            ),
            Self::Paused { at, reason } => format!("Paused {}: {reason}.", time(*at)),
            Self::Resumed { at } => format!("Resumed {}.", time(*at)),
            Self::Reached { at, percent: 100 } => format!("Breach told {}.", time(*at)),
            Self::Reached { at, percent } => {
                format!("Told {}: {percent} % of the time is used.", time(*at))
            }
            Self::Remaining { at, used, left } => format!(
                "Now, {}: {} used, {} left.",
                time(*at),
                duration_text(*used),
                duration_text(*left)
            ),
            Self::Due { at } => format!("Due {}.", time(*at)),
            Self::Overdue { at, by } => {
                format!("Now, {}: overdue by {}.", time(*at), duration_text(*by))
            }
            Self::Met { at, late: None } => format!("Met {}, in time.", time(*at)),
            Self::Met { at, late: Some(late) } => {
                format!("Met {}, late by {}.", time(*at), duration_text(*late))
            }
            Self::Cancelled { at, reason } => format!("Cancelled {}: {reason}.", time(*at)),
        }
    }
}

/// `1 d 2 h 3 min 4 s`; a day is 24 hours. What is less than a second is left out.
pub fn duration_text(time: Duration) -> String {
    let seconds = time.as_secs();
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let mut text = String::new();
    for (count, unit) in parts.into_iter().filter(|(count, _)| *count > 0) {
        let gap = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{gap}{count} {unit}");
    }
    if text.is_empty() { "0 s".to_owned() } else { text }
}

fn target_text(target: &Target, zone: &Zone) -> String {
    let allowance = match target.allowance {
        Allowance::Working(time) => format!("{} of working time", duration_text(time)),
        Allowance::Elapsed(time) => format!("{} as time passes", duration_text(time)),
        Allowance::Days { count, until: DayEnd::SameTime } => {
            format!("{count} calendar days, to the minute")
        }
        Allowance::Days { count, until: DayEnd::EndOfDay } => {
            format!("to the end of the day {count} calendar days later")
        }
        Allowance::Until(due) => format!("until {}", zone.format(due)),
    };
    format!(
        "{} v{} allows {allowance} (calendar {} r{})",
        target.policy, target.policy_version, target.calendar, target.calendar_revision
    )
}

fn closed_text(why: &Closed) -> String {
    match why {
        Closed::OutsideHours => "outside working hours".to_owned(),
        Closed::DayOff => "day off".to_owned(),
        Closed::Holiday(name) => format!("holiday, {name}"),
    }
}
