//! A deadline of a matter: a clock, what it measures, and what follows from it.

use crate::calendar::Calendar;
use crate::{Timestamp, Word};

use super::{Calendars, Clock, ClockError, ClockState, Explanation, Happening, Rung};

/// A deadline. `K` is the service's own list of what clocks measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline<K> {
    /// What it measures.
    pub kind: K,
    /// The episode of the matter that it belongs to, from 1; 0 where there are no episodes.
    pub episode: i32,
    /// Names of the states or categories in which it stands still.
    pub pauses_in: Vec<String>,
    /// Its events and what they come to.
    pub clock: Clock,
    /// When it is due, as it runs now; none while it stands still. Follows from the clock.
    pub due_at: Option<Timestamp>,
    /// What it will tell next, and when; none where nothing. Follows from the clock.
    pub next: Option<Rung>,
    /// When it ran out; stays, even where it is met later or gets another target.
    pub breached_at: Option<Timestamp>,
}

impl<K: Word> Deadline<K> {
    /// A deadline whose clock has just been made.
    ///
    /// # Errors
    ///
    /// Where the calendar that the clock counts by is not known, or cannot answer; as with all that follows.
    pub fn start(
        kind: K,
        episode: i32,
        pauses_in: Vec<String>,
        clock: Clock,
        calendars: &Calendars,
    ) -> Result<Self, ClockError> {
        let mut made =
            Self { kind, episode, pauses_in, clock, due_at: None, next: None, breached_at: None };
        made.reckon(calendars)?;
        Ok(made)
    }

    /// Whether it stands still in the state or category of that name.
    pub fn pauses_in(&self, name: &str) -> bool {
        self.pauses_in.iter().any(|pausing| pausing == name)
    }

    /// How it stands at `now`.
    pub fn state(&self, calendars: &Calendars, now: Timestamp) -> Result<ClockState, ClockError> {
        Ok(self.clock.read(self.calendar(calendars)?, now)?.state)
    }

    /// How it came about, as of `now`.
    pub fn explain(
        &self,
        calendars: &Calendars,
        now: Timestamp,
    ) -> Result<Explanation, ClockError> {
        self.clock.explain(self.calendar(calendars)?, now)
    }

    /// The calendar that it counts by, in the very state of it.
    pub fn calendar<'c>(&self, calendars: &'c Calendars) -> Result<&'c Calendar, ClockError> {
        calendars.for_target(self.clock.target())
    }

    /// The policy that set it, with its version: `imported` for a due time taken from elsewhere.
    pub fn policy(&self) -> (&str, u32) {
        let target = self.clock.target();
        if self.clock.is_imported() {
            ("imported", 0)
        } else {
            (&target.policy, target.policy_version)
        }
    }

    /// Lets something happen to it. Answers whether it did.
    pub fn apply(
        &mut self,
        at: Timestamp,
        what: Happening,
        calendars: &Calendars,
    ) -> Result<bool, ClockError> {
        let applied = self.clock.apply(at, what);
        if applied {
            self.reckon(calendars)?;
        }
        Ok(applied)
    }

    /// Tells what there is to tell by `now`, each rung once.
    pub fn tell(&mut self, now: Timestamp, calendars: &Calendars) -> Result<Vec<Rung>, ClockError> {
        let told = self.clock.tell(self.calendar(calendars)?, now)?;
        if let Some(breach) = told.iter().find(|rung| rung.percent == 100) {
            self.breached_at.get_or_insert(breach.at);
        }
        if !told.is_empty() {
            self.reckon(calendars)?;
        }
        Ok(told)
    }

    /// Notes a breach that nobody was told of, as history has it.
    pub fn note_breach(&mut self, now: Timestamp, calendars: &Calendars) -> Result<(), ClockError> {
        let late = match self.state(calendars, now)? {
            ClockState::Breached | ClockState::MetLate => true,
            ClockState::Cancelled => self.due_at < self.clock.ended_at(),
            ClockState::Running | ClockState::Paused | ClockState::Met => false,
        };
        if late {
            self.breached_at = self.breached_at.or(self.due_at);
        }
        Ok(())
    }

    fn reckon(&mut self, calendars: &Calendars) -> Result<(), ClockError> {
        let schedule = self.clock.schedule(self.calendar(calendars)?)?;
        (self.due_at, self.next) = (schedule.due_at, schedule.next);
        Ok(())
    }
}

/// When a clock of these will next have something to tell, for a durable timer; none while nothing can
/// happen.
pub fn wakes_at<K>(deadlines: &[Deadline<K>]) -> Option<Timestamp> {
    deadlines.iter().filter_map(|deadline| deadline.next).map(|rung| rung.at).min()
}
