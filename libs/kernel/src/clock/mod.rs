//! The one clock engine: how long something may take, how much of that is used, and why.
//!
//! A **clock** is one running deadline of one matter: a call to be answered in three minutes, a chat
//! reply, a resolution in eight working hours, a complaint's seven legal days. It is a pure function of
//! its [`Target`], a [`Calendar`](crate::Calendar) and the ordered [`ClockEvent`]s of the matter. Three
//! rules hold whatever happens:
//!
//! - The start never moves. Time is counted only over the stretches in which the clock runs, so a
//!   pause neither resets nor shifts anything.
//! - The target in force counts from the start. Aiming a clock anew (another priority, another
//!   policy) weighs the same running stretches against the new allowance.
//! - What is stored is the list of events; due time, state and explanation are computed from it.
//!
//! Nothing here tells the time or fires anything: [`Clock::schedule`] names the instant at which
//! something happens next, a durable timer waits for it, and [`Clock::tell`] says what then happened.

mod calendars;
mod deadline;
mod explain;
mod log;
mod reading;
mod spans;
mod target;
mod text;

pub use self::calendars::Calendars;
pub use self::deadline::{Deadline, wakes_at};
pub use self::explain::{Explanation, Step};
pub use self::log::{Clock, ClockEvent, Happening, MAX_EVENTS};
pub use self::reading::{ClockState, Reading, Rung, Schedule};
pub use self::spans::{ClockSpan, SpanKind};
pub use self::target::{Allowance, DayEnd, Target, TargetError};
pub use self::text::duration_text;

use std::time::Duration;

use crate::calendar::CalendarError;
use crate::{Fault, FaultKind};

/// A clock cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// The events do not begin with the start, or begin twice.
    #[error("a clock's events begin with its start, and it starts once")]
    NotStarted,
    /// Read with another calendar than the one that its target names.
    #[error("the clock counts by calendar {wanted}, not by {given}")]
    OtherCalendar {
        /// Code and revision that the target names.
        wanted: String,
        /// Code and revision of the calendar given.
        given: String,
    },
    /// A state of a calendar that is not here: what the directory told last has not come yet.
    #[error("state {revision} of the calendar `{code}` is not known here yet")]
    CalendarUnknown {
        /// The calendar's code.
        code: String,
        /// The state of it; 0: any.
        revision: u32,
    },
    /// The calendar cannot answer.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

impl Fault for ClockError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Calendar(error) => error.kind(),
            Self::CalendarUnknown { .. } => FaultKind::Unavailable,
            Self::NotStarted | Self::OtherCalendar { .. } => FaultKind::Bug,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Calendar(error) => error.reason(),
            Self::CalendarUnknown { .. } => "CALENDAR_UNKNOWN",
            Self::NotStarted | Self::OtherCalendar { .. } => "INTERNAL",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::CalendarUnknown { code, revision } => {
                vec![("calendar", code.clone()), ("revision", revision.to_string())]
            }
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::CalendarUnknown { .. }).then_some(Duration::from_secs(1))
    }
}
