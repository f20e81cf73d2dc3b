//! Why a clock is due when it is due: every stretch counted, every stretch skipped, in order.
//!
//! The explanation is made by the same functions that compute the deadline, over the same table, so
//! the two cannot disagree: the counted stretches up to `due` add up to the allowance (a property
//! test holds them to it).

use std::time::Duration;

use crate::calendar::{Closed, Span};
use crate::{Calendar, Day, Timestamp};

use super::ClockError;
use super::log::{Clock, Happening};
use super::reading::ClockState;
use super::target::Target;

/// A stretch with more pieces than this shows its first and last ones and sums up the rest.
const MAX_PIECES: usize = 40;

/// How a clock stands at a moment, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The moment for which it was made.
    pub as_of: Timestamp,
    /// How the clock stands then.
    pub state: ClockState,
    /// When the allowance is used up; none while it stands still.
    pub due_at: Option<Timestamp>,
    /// From the start to the end, or to the due time where that is still ahead.
    pub steps: Vec<Step>,
}

/// One step of an explanation. Steps after `as_of` foretell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The clock started.
    Started {
        /// When.
        at: Timestamp,
        /// With which target; a later `Retargeted` or `DueImported` replaces it.
        target: Target,
    },
    /// Another target holds, from the start on.
    Retargeted {
        /// When.
        at: Timestamp,
        /// The new target.
        target: Target,
        /// Why, as a code.
        reason: String,
    },
    /// Another system's due time holds instead of the allowance.
    DueImported {
        /// When it was taken over.
        at: Timestamp,
        /// That due time.
        due: Timestamp,
    },
    /// This stretch was (or will be) counted in full.
    Counted {
        /// From here.
        from: Timestamp,
        /// To here.
        to: Timestamp,
    },
    /// This stretch was (or will be) not counted, although the clock runs.
    Skipped {
        /// From here.
        from: Timestamp,
        /// To here.
        to: Timestamp,
        /// Why not.
        why: Closed,
    },
    /// Many stretches in a row, counted and skipped by turns, summed up.
    Condensed {
        /// From here.
        from: Timestamp,
        /// To here.
        to: Timestamp,
        /// Counted within it.
        counted: Duration,
    },
    /// It stood still from here on.
    Paused {
        /// When.
        at: Timestamp,
        /// Why, as a code.
        reason: String,
    },
    /// It ran again from here on.
    Resumed {
        /// When.
        at: Timestamp,
    },
    /// A rung of the ladder was told; 100 is the breach.
    Reached {
        /// When it was told.
        at: Timestamp,
        /// The rung.
        percent: u16,
    },
    /// The present moment: so much is used, so much is left.
    Remaining {
        /// The present moment.
        at: Timestamp,
        /// Counted so far.
        used: Duration,
        /// What is left.
        left: Duration,
    },
    /// The allowance is used up here.
    Due {
        /// When.
        at: Timestamp,
    },
    /// The present moment: it is past due by so much, and still not done.
    Overdue {
        /// The present moment.
        at: Timestamp,
        /// By how much, in the target's own kind of time.
        by: Duration,
    },
    /// Done, in time where `late` is none.
    Met {
        /// When.
        at: Timestamp,
        /// How much more than the allowance it took, in the target's own kind of time.
        late: Option<Duration>,
    },
    /// No longer of interest.
    Cancelled {
        /// When.
        at: Timestamp,
        /// Why, as a code.
        reason: String,
    },
}

impl Clock {
    /// Explains how it stands at `now`, and not before the last thing that happened to it.
    pub fn explain(&self, calendar: &Calendar, now: Timestamp) -> Result<Explanation, ClockError> {
        let now = now.max(self.last_at());
        let reading = self.read(calendar, now)?;
        let mut placed = Placed::default();
        for event in self.log() {
            placed.happened(event.at, &event.what);
        }
        self.count(calendar, now, reading.due_at, &mut placed)?;
        if let Some(due) =
            reading.due_at.filter(|due| self.ended_at().is_none_or(|end| *due <= end))
        {
            placed.put(due, Rank::Due, Step::Due { at: due });
        }
        let (at, used, left) = (now, reading.used, reading.remaining);
        match (reading.state, self.ended_at()) {
            (ClockState::Running | ClockState::Paused, _) => {
                placed.put(now, Rank::Remaining, Step::Remaining { at, used, left });
            }
            (ClockState::Breached, _) => {
                placed.put(now, Rank::Overdue, Step::Overdue { at, by: reading.overdue });
            }
            (ClockState::Met, Some(at)) => {
                placed.put(at, Rank::End, Step::Met { at, late: None });
            }
            (ClockState::MetLate, Some(at)) => {
                placed.put(at, Rank::End, Step::Met { at, late: Some(reading.overdue) });
            }
            _ => {}
        }
        let (state, due_at) = (reading.state, reading.due_at);
        Ok(Explanation { as_of: now, state, due_at, steps: placed.in_order() })
    }

    /// Adds what was counted and what was skipped, up to the end or the due time.
    fn count(
        &self,
        calendar: &Calendar,
        now: Timestamp,
        due: Option<Timestamp>,
        placed: &mut Placed,
    ) -> Result<(), ClockError> {
        let working = self.course().allowance().is_working();
        for run in &self.course().runs {
            let end = match (run.to, due) {
                (Some(to), Some(due)) => to.min(due),
                (Some(to), None) => to,
                (None, Some(due)) => due,
                (None, None) => now,
            };
            let middle = now.clamp(run.from, end.max(run.from));
            for part in [Span { from: run.from, to: middle }, Span { from: middle, to: end }] {
                if part.from < part.to {
                    let pieces = if working {
                        condensed(pieces(calendar, part)?)
                    } else {
                        vec![Step::Counted { from: part.from, to: part.to }]
                    };
                    for piece in pieces {
                        placed.put(piece.at(), Rank::Piece, piece);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Step {
    /// The moment at which it happens or begins.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Counted { from, .. }
            | Self::Skipped { from, .. }
            | Self::Condensed { from, .. } => *from,
            Self::Started { at, .. }
            | Self::Retargeted { at, .. }
            | Self::DueImported { at, .. }
            | Self::Paused { at, .. }
            | Self::Resumed { at }
            | Self::Reached { at, .. }
            | Self::Remaining { at, .. }
            | Self::Due { at }
            | Self::Overdue { at, .. }
            | Self::Met { at, .. }
            | Self::Cancelled { at, .. } => *at,
        }
    }
}

/// Steps with their place: the instant, and an order among those of one instant.
#[derive(Default)]
struct Placed(Vec<(Timestamp, Rank, Step)>);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Event,
    Remaining,
    Piece,
    Due,
    Told,
    End,
    Overdue,
}

impl Placed {
    fn put(&mut self, at: Timestamp, rank: Rank, step: Step) {
        self.0.push((at, rank, step));
    }

    fn happened(&mut self, at: Timestamp, what: &Happening) {
        let (rank, step) = match what.clone() {
            Happening::Started(target) => (Rank::Event, Step::Started { at, target }),
            Happening::Retargeted { target, reason } => {
                (Rank::Event, Step::Retargeted { at, target, reason })
            }
            Happening::DueImported { due } => (Rank::Event, Step::DueImported { at, due }),
            Happening::Paused { reason } => (Rank::Event, Step::Paused { at, reason }),
            Happening::Resumed => (Rank::Event, Step::Resumed { at }),
            Happening::Reached { percent } => (Rank::Told, Step::Reached { at, percent }),
            Happening::Cancelled { reason } => (Rank::End, Step::Cancelled { at, reason }),
            // Told as `Met`, with how late it was.
            Happening::Stopped => return,
        };
        self.put(at, rank, step);
    }

    /// By instant, then by rank; equal ones as they came.
    fn in_order(mut self) -> Vec<Step> {
        self.0.sort_by_key(|(at, rank, _)| (*at, *rank));
        self.0.into_iter().map(|(_, _, step)| step).collect()
    }
}

/// A running stretch in counted and skipped pieces without gaps between them.
fn pieces(calendar: &Calendar, part: Span) -> Result<Vec<Step>, ClockError> {
    let mut pieces = Vec::new();
    let mut at = part.from;
    for span in calendar.spans(part.from, part.to)? {
        skipped(calendar, Span { from: at, to: span.from }, &mut pieces);
        pieces.push(Step::Counted { from: span.from, to: span.to });
        at = span.to;
    }
    skipped(calendar, Span { from: at, to: part.to }, &mut pieces);
    Ok(pieces)
}

/// A stretch that is not working time, cut where its reason changes.
fn skipped(calendar: &Calendar, gap: Span, pieces: &mut Vec<Step>) {
    let zone = calendar.zone();
    let mut at = gap.from;
    while at < gap.to {
        let mut day = zone.day_of(at);
        let why = calendar.closed(day);
        let mut to = next_day(calendar, day, at);
        while to < gap.to && calendar.closed(zone.day_of(to)) == why {
            day = zone.day_of(to);
            to = next_day(calendar, day, to);
        }
        let to = to.min(gap.to);
        pieces.push(Step::Skipped { from: at, to, why });
        at = to;
    }
}

/// When the day after `day` begins; always later than `at`, whatever the zone does at midnight.
fn next_day(calendar: &Calendar, day: Day, at: Timestamp) -> Timestamp {
    let start = calendar.zone().start_of(day.plus(1));
    if start > at { start } else { at.plus(Duration::from_secs(60)) }
}

/// Keeps the first and last pieces of a long stretch and sums up those between.
fn condensed(mut pieces: Vec<Step>) -> Vec<Step> {
    if pieces.len() <= MAX_PIECES {
        return pieces;
    }
    let tail = pieces.split_off(pieces.len() - MAX_PIECES / 2);
    let middle = pieces.split_off(MAX_PIECES / 2);
    let counted = middle.iter().map(|piece| match piece {
        Step::Counted { from, to } => to.since(*from),
        _ => Duration::ZERO,
    });
    let counted = counted.sum();
    let (from, to) = (middle[0].at(), tail[0].at());
    pieces.push(Step::Condensed { from, to, counted });
    pieces.extend(tail);
    pieces
}

impl Explanation {
    /// How much of the allowance is counted in the steps up to the due time.
    pub fn counted(&self) -> Duration {
        self.steps
            .iter()
            .map(|step| match step {
                Step::Counted { from, to } => to.since(*from),
                Step::Condensed { counted, .. } => *counted,
                _ => Duration::ZERO,
            })
            .sum()
    }
}
