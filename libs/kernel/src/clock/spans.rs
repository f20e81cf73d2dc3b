//! An explanation as spans of time: what was counted, what was not, and why, for replies and pages.

use std::time::Duration;

use crate::Timestamp;
use crate::calendar::Closed;

use super::{Explanation, Step};

/// A span of time as a clock sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockSpan {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// Why it counts, or does not.
    pub kind: SpanKind,
    /// How much of it counts.
    pub counted: Duration,
    /// What it is, such as the holiday's name or the state in which the matter waited; may be empty.
    pub note: String,
}

/// Why a span of time counts for a clock, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// Working time in which the clock ran.
    Counted,
    /// No working time by the calendar.
    OutsideHours,
    /// A holiday, or the free part of a half day.
    Holiday,
    /// The matter waited in a way that pauses this clock.
    Paused,
}

impl Explanation {
    /// Every span from the clock's beginning to its deadline or end, in order, at most `limit`.
    pub fn spans(&self, limit: usize) -> Vec<ClockSpan> {
        let mut spans = Vec::new();
        let mut paused: Option<(Timestamp, String)> = None;
        for step in &self.steps {
            if let Some((from, reason)) = paused.take() {
                match step {
                    Step::Paused { .. } | Step::Reached { .. } | Step::Retargeted { .. } => {
                        paused = Some((from, reason));
                    }
                    other => spans.push(span(from, other.at(), SpanKind::Paused, reason)),
                }
            }
            match step {
                Step::Counted { from, to } => {
                    let counted = to.since(*from);
                    let span = span(*from, *to, SpanKind::Counted, String::new());
                    spans.push(ClockSpan { counted, ..span });
                }
                Step::Skipped { from, to, why } => {
                    let (kind, note) = match why {
                        Closed::OutsideHours | Closed::DayOff => {
                            (SpanKind::OutsideHours, String::new())
                        }
                        Closed::Holiday(name) => (SpanKind::Holiday, name.clone()),
                    };
                    spans.push(span(*from, *to, kind, note));
                }
                Step::Condensed { from, to, counted } => {
                    let note = "several working times and the breaks between them".to_owned();
                    let span = span(*from, *to, SpanKind::Counted, note);
                    spans.push(ClockSpan { counted: *counted, ..span });
                }
                Step::Paused { at, reason } => paused = Some((*at, reason.clone())),
                _ => {}
            }
        }
        spans.truncate(limit);
        spans
    }
}

fn span(from: Timestamp, to: Timestamp, kind: SpanKind, note: String) -> ClockSpan {
    ClockSpan { from, to, kind, counted: Duration::ZERO, note }
}
