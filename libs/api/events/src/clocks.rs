//! What becomes of the clocks of an aggregate that is being changed, and how its events tell of it.
//!
//! A verb lets things happen to the deadlines through a [`ClockLog`], which notes what did happen; the next
//! event takes the notes ([`Tale::tell`](crate::Tale::tell)).

use kefu_kernel::clock::{ClockError, ClockState, Deadline, Happening};
use kefu_kernel::{Calendars, Timestamp, Word};

use crate::v1::{self, ClockChange, ClockChangeKind};
use crate::wire;

/// What became of clocks since the last event.
#[derive(Debug)]
pub struct ClockLog<'a> {
    calendars: &'a Calendars,
    now: Timestamp,
    changes: Vec<ClockChange>,
}

impl<'a> ClockLog<'a> {
    /// Nothing yet, at `now`.
    pub fn new(calendars: &'a Calendars, now: Timestamp) -> Self {
        Self { calendars, now, changes: Vec::new() }
    }

    /// Adds a clock that has just started. One of its kind and episode that is there gives it its place.
    ///
    /// # Errors
    ///
    /// Where a clock cannot be reckoned; as with all that follows.
    pub fn start<K>(
        &mut self,
        clocks: &mut Vec<Deadline<K>>,
        new: Deadline<K>,
    ) -> Result<(), ClockError>
    where
        K: Word + Into<v1::ClockKind>,
    {
        self.note(&new, ClockChangeKind::Started, None)?;
        clocks.retain(|clock| (clock.kind, clock.episode) != (new.kind, new.episode));
        clocks.push(new);
        Ok(())
    }

    /// Lets something happen to a clock, and notes it where it did.
    pub fn happen<K>(
        &mut self,
        clock: &mut Deadline<K>,
        at: Timestamp,
        what: Happening,
        became: ClockChangeKind,
    ) -> Result<(), ClockError>
    where
        K: Word + Into<v1::ClockKind>,
    {
        let former = clock.due_at;
        if clock.apply(at, what, self.calendars)? {
            self.note(clock, became, former)?;
        }
        Ok(())
    }

    /// Lets clocks stand still or run on, as the state or category `waits_in` that the aggregate is in now
    /// asks for. `reason` is the code that a pause is explained with.
    pub fn pause_or_resume<K>(
        &mut self,
        clocks: &mut [Deadline<K>],
        at: Timestamp,
        waits_in: &str,
        reason: &str,
    ) -> Result<(), ClockError>
    where
        K: Word + Into<v1::ClockKind>,
    {
        for clock in clocks {
            if clock.pauses_in(waits_in) {
                let what = Happening::Paused { reason: reason.to_owned() };
                self.happen(clock, at, what, ClockChangeKind::Paused)?;
            } else {
                self.happen(clock, at, Happening::Resumed, ClockChangeKind::Resumed)?;
            }
        }
        Ok(())
    }

    /// Meets the clocks of these kinds: what they waited for has come.
    pub fn meet<K>(
        &mut self,
        clocks: &mut [Deadline<K>],
        kinds: &[K],
        at: Timestamp,
    ) -> Result<(), ClockError>
    where
        K: Word + Into<v1::ClockKind>,
    {
        for clock in clocks.iter_mut().filter(|clock| kinds.contains(&clock.kind)) {
            self.happen(clock, at, Happening::Stopped, ClockChangeKind::Met)?;
        }
        Ok(())
    }

    /// Stops every clock that still runs: what they waited for is no longer owed. `reason` is a code.
    pub fn stop_all<K>(
        &mut self,
        clocks: &mut [Deadline<K>],
        at: Timestamp,
        reason: &str,
    ) -> Result<(), ClockError>
    where
        K: Word + Into<v1::ClockKind>,
    {
        for clock in clocks {
            let what = Happening::Cancelled { reason: reason.to_owned() };
            self.happen(clock, at, what, ClockChangeKind::Stopped)?;
        }
        Ok(())
    }

    /// What became of clocks, for the event that tells it; nothing is left.
    pub fn take(&mut self) -> Vec<ClockChange> {
        let mut changes = std::mem::take(&mut self.changes);
        changes.sort_by_key(|change| change.clock.as_ref().map(|clock| clock.kind));
        changes
    }

    /// Whether everything was told.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn note<K>(
        &mut self,
        clock: &Deadline<K>,
        became: ClockChangeKind,
        former: Option<Timestamp>,
    ) -> Result<(), ClockError>
    where
        K: Word + Into<v1::ClockKind>,
    {
        let (calendars, now) = (self.calendars, self.now);
        let late =
            became == ClockChangeKind::Met && clock.state(calendars, now)? == ClockState::MetLate;
        let former = former.filter(|_| became == ClockChangeKind::Retargeted);
        self.changes.push(ClockChange {
            kind: became.into(),
            clock: Some(clock_at(clock, calendars, now)?),
            former_due_at: former.map(wire::timestamp),
            late,
        });
        Ok(())
    }
}

/// A deadline as events carry it, as it stands at `now`.
///
/// # Errors
///
/// Where it cannot be reckoned.
pub fn clock_at<K>(
    deadline: &Deadline<K>,
    calendars: &Calendars,
    now: Timestamp,
) -> Result<v1::Clock, ClockError>
where
    K: Word + Into<v1::ClockKind>,
{
    let reading = deadline.clock.read(deadline.calendar(calendars)?, now)?;
    let (policy, version) = deadline.policy();
    Ok(v1::Clock {
        kind: deadline.kind.into().into(),
        policy: policy.to_owned(),
        policy_version: i32::try_from(version).unwrap_or(i32::MAX),
        episode: deadline.episode,
        target: Some(wire::duration(reading.allowed)),
        elapsed: Some(wire::duration(reading.used)),
        due_at: deadline.due_at.filter(|_| !deadline.clock.is_over()).map(wire::timestamp),
    })
}
