//! The events of a clock and what they come to: which stretches it ran, under which target.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

use super::ClockError;
use super::target::{Allowance, Target};

/// A clock keeps at most this many events; one that has been paused so often is not paused again.
pub const MAX_EVENTS: usize = 512;

/// Something that happened to a clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockEvent {
    /// When. Never before the event before it: [`Clock::apply`] sees to that.
    pub at: Timestamp,
    /// What.
    pub what: Happening,
}

/// What can happen to a clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// It started, with this target.
    Started(Target),
    /// It stands still from now on.
    Paused {
        /// Why, as a code: a status such as `pending`.
        reason: String,
    },
    /// It runs again.
    Resumed,
    /// What it was waiting for was done.
    Stopped,
    /// It no longer matters.
    Cancelled {
        /// Why, as a code.
        reason: String,
    },
    /// Another target holds, from the start on.
    Retargeted {
        /// The new target.
        target: Target,
        /// Why, as a code: `priority`, `policy`, `calendar`.
        reason: String,
    },
    /// Another system's due time takes the place of the allowance.
    DueImported {
        /// That due time.
        due: Timestamp,
    },
    /// A rung of the ladder was reached and told. At 100 it is the breach.
    Reached {
        /// The rung, in percent of the allowance.
        percent: u16,
    },
}

/// One running deadline: its events, and what they come to. Equal events make equal clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    log: Vec<ClockEvent>,
    course: Course,
}

/// What a clock's events come to, without a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Course {
    pub(super) target: Target,
    /// The due time that came from outside, where one did.
    pub(super) imported: Option<Timestamp>,
    /// The stretches in which it ran; the last has no end while it runs.
    pub(super) runs: Vec<Run>,
    /// When the target in force was set, where it is not the first.
    pub(super) retargeted_at: Option<Timestamp>,
    /// The highest rung told under the target in force.
    pub(super) reached: u16,
    /// Whether a breach was told, under whatever target.
    pub(super) breach_told: bool,
    pub(super) end: Option<End>,
}

/// A stretch in which a clock ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) from: Timestamp,
    pub(super) to: Option<Timestamp>,
}

/// How a clock ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) at: Timestamp,
    /// Whether what it waited for was done; otherwise it was cancelled.
    pub(super) done: bool,
}

impl Clock {
    /// A clock that starts at `at`.
    pub fn start(at: Timestamp, target: Target) -> Self {
        let course = Course {
            target: target.clone(),
            imported: None,
            runs: vec![Run { from: at, to: None }],
            retargeted_at: None,
            reached: 0,
            breach_told: false,
            end: None,
        };
        Self { log: vec![ClockEvent { at, what: Happening::Started(target) }], course }
    }

    /// The clock with these events, as [`Clock::log`] gave them.
    pub fn replay(events: impl IntoIterator<Item = ClockEvent>) -> Result<Self, ClockError> {
        let mut events = events.into_iter();
        let Some(ClockEvent { at, what: Happening::Started(target) }) = events.next() else {
            return Err(ClockError::NotStarted);
        };
        let mut clock = Self::start(at, target);
        for event in events {
            if matches!(event.what, Happening::Started(_)) {
                return Err(ClockError::NotStarted);
            }
            clock.apply(event.at, event.what);
        }
        Ok(clock)
    }

    /// Lets something happen. Answers whether it did: what does not apply (a pause of a paused
    /// clock, anything after the end) leaves the clock as it is. An event dated before the last one
    /// counts as happening together with it.
    pub fn apply(&mut self, at: Timestamp, what: Happening) -> bool {
        let at = at.max(self.last_at());
        if !self.course.admits(&what, self.log.len()) {
            return false;
        }
        self.course.fold(at, &what);
        self.log.push(ClockEvent { at, what });
        true
    }

    /// Everything that happened to it, in order; enough to make it again.
    pub fn log(&self) -> &[ClockEvent] {
        &self.log
    }

    /// The target in force.
    pub fn target(&self) -> &Target {
        &self.course.target
    }

    /// When it started. Never moves.
    pub fn started_at(&self) -> Timestamp {
        self.course.runs[0].from
    }

    /// Whether it is over: stopped or cancelled.
    pub fn is_over(&self) -> bool {
        self.course.end.is_some()
    }

    /// Whether what it waited for was done, in time or late.
    pub fn is_done(&self) -> bool {
        self.course.end.is_some_and(|end| end.done)
    }

    /// When it was stopped or cancelled.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.course.end.map(|end| end.at)
    }

    /// Whether it stands still and may run again.
    pub fn is_paused(&self) -> bool {
        self.course.end.is_none() && self.course.is_standing()
    }

    /// Whether its due time came from outside.
    pub fn is_imported(&self) -> bool {
        self.course.imported.is_some()
    }

    pub(super) fn course(&self) -> &Course {
        &self.course
    }

    pub(super) fn last_at(&self) -> Timestamp {
        self.log.last().map_or(Timestamp::EPOCH, |event| event.at)
    }
}

impl Course {
    pub(super) fn is_standing(&self) -> bool {
        self.runs.last().is_some_and(|run| run.to.is_some())
    }

    /// What the allowance is, an imported due time included.
    pub(super) fn allowance(&self) -> Allowance {
        self.imported.map_or(self.target.allowance, Allowance::Until)
    }

    fn admits(&self, what: &Happening, events: usize) -> bool {
        if self.end.is_some() {
            return false;
        }
        match what {
            Happening::Started(_) => false,
            // Room is kept for the resumption, the rungs and the end.
            Happening::Paused { .. } => !self.is_standing() && events < MAX_EVENTS - 32,
            Happening::Resumed => self.is_standing(),
            Happening::Reached { percent } => *percent > self.reached,
            Happening::Retargeted { target, .. } => {
                (*target != self.target || self.imported.is_some()) && events < MAX_EVENTS - 32
            }
            Happening::DueImported { due } => {
                self.imported != Some(*due) && events < MAX_EVENTS - 32
            }
            Happening::Stopped | Happening::Cancelled { .. } => true,
        }
    }

    fn fold(&mut self, at: Timestamp, what: &Happening) {
        match what {
            Happening::Started(_) => {}
            Happening::Paused { .. } => self.stand(at),
            Happening::Resumed => self.runs.push(Run { from: at, to: None }),
            Happening::Stopped | Happening::Cancelled { .. } => {
                self.stand(at);
                self.end = Some(End { at, done: matches!(what, Happening::Stopped) });
            }
            Happening::Retargeted { target, .. } => {
                self.target = target.clone();
                self.aim(at, None);
            }
            Happening::DueImported { due } => self.aim(at, Some(*due)),
            Happening::Reached { percent } => {
                self.reached = *percent;
                self.breach_told |= *percent >= 100;
            }
        }
    }

    fn aim(&mut self, at: Timestamp, imported: Option<Timestamp>) {
        self.imported = imported;
        self.reached = 0;
        self.retargeted_at = Some(at);
    }

    /// Ends the running stretch, if one is running.
    fn stand(&mut self, at: Timestamp) {
        if let Some(Run { to: to @ None, .. }) = self.runs.last_mut() {
            *to = Some(at);
        }
    }
}
