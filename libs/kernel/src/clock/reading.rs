//! Reading a clock: how it stands at a moment, and what will happen next.

use std::time::Duration;

use crate::{Calendar, Timestamp};

use super::ClockError;
use super::log::{Clock, Course, End, Happening, Run};

/// How a clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClockState {
    /// Time is being counted, and some is left.
    Running,
    /// It stands still, and some time is left.
    Paused,
    /// The allowance is used up, and what it waits for is not done.
    Breached,
    /// Done in time.
    Met,
    /// Done, but after the allowance was used up.
    MetLate,
    /// No longer of interest.
    Cancelled,
}

/// What does not depend on the present moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// When the allowance is (or was) used up; none while it is paused before that, and none for a
    /// clock that ended paused.
    pub due_at: Option<Timestamp>,
    /// The next rung to be told, for a durable timer; it may lie in the past. None while nothing can
    /// happen: paused, ended, or the whole ladder told.
    pub next: Option<Rung>,
}

/// A rung of the ladder and when it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// In percent of the allowance; 100 is the breach.
    pub percent: u16,
    /// When that much is used.
    pub at: Timestamp,
}

/// How a clock stands at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// How it stands.
    pub state: ClockState,
    /// As in [`Schedule`].
    pub due_at: Option<Timestamp>,
    /// The whole allowance, in the target's own kind of time; none where a set moment is not after the
    /// start.
    pub allowed: Duration,
    /// Counted so far, in the same kind of time.
    pub used: Duration,
    /// What is left, in the same kind of time; none once it is due.
    pub remaining: Duration,
    /// How much more than the allowance was used, in the same kind of time.
    pub overdue: Duration,
}

impl ClockState {
    /// Its stable name, as tables and filters spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Breached => "breached",
            Self::Met => "met",
            Self::MetLate => "met_late",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Clock {
    /// When it is due and what happens next.
    pub fn schedule(&self, calendar: &Calendar) -> Result<Schedule, ClockError> {
        let meter = Meter::new(self.course(), calendar)?;
        Ok(Schedule { due_at: meter.reach(100)?, next: meter.next()? })
    }

    /// How it stands at `now`, and not before the last thing that happened to it.
    pub fn read(&self, calendar: &Calendar, now: Timestamp) -> Result<Reading, ClockError> {
        let now = now.max(self.last_at());
        let course = self.course();
        let meter = Meter::new(course, calendar)?;
        let due_at = meter.reach(100)?;
        let used = meter.used(now)?;
        let past = |by: i64| Duration::from_millis(u64::try_from(by).unwrap_or(0));
        Ok(Reading {
            state: state(course, due_at, now),
            due_at,
            allowed: past(meter.budget),
            used: past(used),
            remaining: past(meter.budget.saturating_sub(used)),
            overdue: past(used.saturating_sub(meter.budget)),
        })
    }

    /// Tells every rung that has been reached by `now`, each once: adds them to the clock's events
    /// and answers them, lowest first. A warning that the breach has overtaken is not told. Asked
    /// twice, the second answer is empty.
    pub fn tell(&mut self, calendar: &Calendar, now: Timestamp) -> Result<Vec<Rung>, ClockError> {
        let mut told: Vec<Rung> = Vec::new();
        while let Some(rung) = self.schedule(calendar)?.next.filter(|rung| rung.at <= now) {
            if !self.apply(now, Happening::Reached { percent: rung.percent }) {
                break;
            }
            if rung.percent == 100 {
                told.clear();
            }
            told.push(rung);
        }
        Ok(told)
    }
}

fn state(course: &Course, due_at: Option<Timestamp>, now: Timestamp) -> ClockState {
    match course.end {
        Some(End { done: false, .. }) => ClockState::Cancelled,
        // A breach told at the very instant of the stop came before it.
        Some(_) if course.reached >= 100 => ClockState::MetLate,
        Some(End { at, .. }) if due_at.is_some_and(|due| at > due) => ClockState::MetLate,
        Some(_) => ClockState::Met,
        None if course.reached >= 100 || due_at.is_some_and(|due| now >= due) => {
            ClockState::Breached
        }
        None if course.is_standing() => ClockState::Paused,
        None => ClockState::Running,
    }
}

/// Measures the running stretches of a clock in its target's kind of time.
struct Meter<'a> {
    course: &'a Course,
    calendar: &'a Calendar,
    working: bool,
    /// The whole allowance in milliseconds.
    budget: i64,
}

impl<'a> Meter<'a> {
    fn new(course: &'a Course, calendar: &'a Calendar) -> Result<Self, ClockError> {
        let (target, spec) = (&course.target, calendar.spec());
        if (&target.calendar, target.calendar_revision) != (&spec.code, spec.revision) {
            return Err(ClockError::OtherCalendar {
                wanted: format!("{} r{}", target.calendar, target.calendar_revision),
                given: format!("{} r{}", spec.code, spec.revision),
            });
        }
        let allowance = course.allowance();
        let budget = allowance.budget_ms(calendar, course.runs[0].from);
        Ok(Self { course, calendar, working: allowance.is_working(), budget })
    }

    /// Milliseconds counted by `now`.
    fn used(&self, now: Timestamp) -> Result<i64, ClockError> {
        let mut used = 0;
        for run in &self.course.runs {
            used += self.measure(*run, now)?;
        }
        Ok(used)
    }

    /// When `percent` of the allowance is used; none where the clock stands still before that.
    fn reach(&self, percent: u16) -> Result<Option<Timestamp>, ClockError> {
        let start = self.course.runs[0].from;
        if self.budget <= 0 {
            return Ok(Some(shift(start, self.budget)));
        }
        let part = i128::from(self.budget) * i128::from(percent) / 100;
        let mut left = i64::try_from(part).unwrap_or(i64::MAX);
        for run in &self.course.runs {
            match run.to {
                None => return self.advance(run.from, left).map(Some),
                Some(to) => {
                    let counted = self.measure(*run, to)?;
                    if left <= counted {
                        return self.advance(run.from, left).map(Some);
                    }
                    left -= counted;
                }
            }
        }
        Ok(None)
    }

    /// The lowest rung not yet told. What a new target has already passed when it is set is not told
    /// any more, but for a breach, which is told once.
    fn next(&self) -> Result<Option<Rung>, ClockError> {
        if self.course.end.is_some() {
            return Ok(None);
        }
        for percent in self.course.target.rungs().filter(|rung| *rung > self.course.reached) {
            let Some(at) = self.reach(percent)? else { return Ok(None) };
            let passed = self.course.retargeted_at.is_some_and(|set| at <= set);
            if !passed || (percent == 100 && !self.course.breach_told) {
                return Ok(Some(Rung { percent, at }));
            }
        }
        Ok(None)
    }

    fn measure(&self, run: Run, now: Timestamp) -> Result<i64, ClockError> {
        let to = run.to.map_or(now, |to| to.min(now));
        let counted =
            if self.working { self.calendar.between(run.from, to)? } else { to.since(run.from) };
        Ok(i64::try_from(counted.as_millis()).unwrap_or(i64::MAX))
    }

    fn advance(&self, from: Timestamp, millis: i64) -> Result<Timestamp, ClockError> {
        if self.working {
            let work = Duration::from_millis(u64::try_from(millis).unwrap_or(0));
            Ok(self.calendar.add(from, work)?)
        } else {
            Ok(shift(from, millis))
        }
    }
}

fn shift(at: Timestamp, by_ms: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_add(by_ms))
}
