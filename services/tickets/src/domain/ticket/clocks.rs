//! The clocks of a ticket: which begin when, what pauses, meets and stops them, and what they tell.

use std::time::Duration;

use kefu_api_events::v1 as events;
use kefu_api_events::v1::ClockChangeKind as Became;
use kefu_kernel::clock::{Clock, ClockState, Explanation, Happening, Rung};
use kefu_kernel::{Calendar, Timestamp};

use crate::domain::error::Error;
use crate::domain::rules::{Calendars, Context};
use crate::domain::wire;
use crate::domain::words::{Category, ClockKind};

use super::change::Change;
use super::{Decision, Ticket};

/// A deadline of a ticket or call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketClock {
    /// What it measures.
    pub kind: ClockKind,
    /// The episode it belongs to; 0 for a call's.
    pub episode: i32,
    /// The waiting categories in which it stands still.
    pub pauses_in: Vec<Category>,
    /// Its events and what they come to.
    pub clock: Clock,
    /// When it is due, as it runs now; none while it stands still. Follows from the clock.
    pub due_at: Option<Timestamp>,
    /// What it will tell next, and when; none where nothing. Follows from the clock.
    pub next: Option<Rung>,
    /// When it ran out; stays, even where it is met later or gets another target.
    pub breached_at: Option<Timestamp>,
}

impl TicketClock {
    /// How it stands at `now`.
    pub fn state(&self, calendars: &Calendars, now: Timestamp) -> Result<ClockState, Error> {
        Ok(self.clock.read(self.calendar(calendars)?, now)?.state)
    }

    /// How its deadline came about, as of `now`.
    pub fn explain(&self, calendars: &Calendars, now: Timestamp) -> Result<Explanation, Error> {
        Ok(self.clock.explain(self.calendar(calendars)?, now)?)
    }

    /// The calendar that it counts by, in the very state of it.
    pub fn calendar<'c>(&self, calendars: &'c Calendars) -> Result<&'c Calendar, Error> {
        calendars.for_target(self.clock.target())
    }

    /// A clock that starts at `at`.
    pub(in crate::domain) fn start(
        kind: ClockKind,
        episode: i32,
        pauses_in: Vec<Category>,
        clock: Clock,
        calendars: &Calendars,
    ) -> Result<Self, Error> {
        let mut made =
            Self { kind, episode, pauses_in, clock, due_at: None, next: None, breached_at: None };
        made.reckon(calendars)?;
        Ok(made)
    }

    /// Lets something happen to it. Answers whether it did.
    pub(in crate::domain) fn apply(
        &mut self,
        at: Timestamp,
        what: Happening,
        calendars: &Calendars,
    ) -> Result<bool, Error> {
        let applied = self.clock.apply(at, what);
        if applied {
            self.reckon(calendars)?;
        }
        Ok(applied)
    }

    /// Tells what there is to tell by `now`, each rung once.
    pub(in crate::domain) fn tell(
        &mut self,
        now: Timestamp,
        calendars: &Calendars,
    ) -> Result<Vec<Rung>, Error> {
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
    pub(in crate::domain) fn note_breach(
        &mut self,
        now: Timestamp,
        calendars: &Calendars,
    ) -> Result<(), Error> {
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

    /// The clock as events carry it.
    pub(in crate::domain) fn to_event(
        &self,
        calendars: &Calendars,
        now: Timestamp,
    ) -> Result<events::Clock, Error> {
        let reading = self.clock.read(self.calendar(calendars)?, now)?;
        let target = self.clock.target();
        let (policy, version) = if self.clock.is_imported() {
            ("imported".to_owned(), 0)
        } else {
            (target.policy.clone(), i32::try_from(target.policy_version).unwrap_or(i32::MAX))
        };
        Ok(events::Clock {
            kind: events::ClockKind::from(self.kind).into(),
            policy,
            policy_version: version,
            episode: self.episode,
            target: Some(wire::duration(reading.allowed)),
            elapsed: Some(wire::duration(reading.used)),
            due_at: self.due_at.filter(|_| !self.clock.is_over()).map(wire::time),
        })
    }

    fn reckon(&mut self, calendars: &Calendars) -> Result<(), Error> {
        let schedule = self.clock.schedule(self.calendar(calendars)?)?;
        (self.due_at, self.next) = (schedule.due_at, schedule.next);
        Ok(())
    }
}

impl Ticket {
    /// Tells what its clocks have to tell by now: warnings and breaches, each once. What a durable timer
    /// calls at [`Ticket::wakes_at`]. Safe to call twice, early, late, on a closed or historic ticket: it
    /// then has no events.
    pub fn fire_clocks(&self, context: &Context<'_>) -> Decision {
        let mut change = Change::of(self.clone(), context);
        change.tell_until(change.now)?;
        change.done()
    }
}

impl Ticket {
    /// Notes with each episode whether a clock of it was breached.
    pub(super) fn note_breaches(&mut self) {
        for episode in &mut self.episodes {
            let of_it = |clock: &&TicketClock| clock.episode == episode.number;
            let mut clocks = self.clocks.iter().filter(of_it);
            episode.breached |= clocks.any(|clock| clock.breached_at.is_some());
        }
    }
}

impl Change<'_> {
    /// Tells what was to be told before this moment; what happens at the very moment of a deadline is in
    /// time.
    pub(super) fn tell_overdue(&mut self) -> Result<(), Error> {
        self.tell_until(self.now.minus(Duration::from_millis(1)))
    }

    fn tell_until(&mut self, until: Timestamp) -> Result<(), Error> {
        if self.ticket.historic {
            return Ok(());
        }
        let calendars = self.context.rules.calendars();
        for index in 0..self.ticket.clocks.len() {
            let told = self.ticket.clocks[index].tell(until, calendars)?;
            for rung in told {
                self.ticket.note_breaches();
                let clock = Some(self.ticket.clocks[index].to_event(calendars, self.now)?);
                if rung.percent == 100 {
                    self.tell(events::TicketClockBreached { clock, ..Default::default() });
                } else {
                    let percent = i32::from(rung.percent);
                    self.tell(events::TicketClockWarned { clock, percent, ..Default::default() });
                }
            }
        }
        Ok(())
    }

    /// Starts the clocks of these kinds for which a policy is found. One that runs already is left; one of
    /// the same episode that has ended gives its place to the new one.
    pub(super) fn start_clocks(&mut self, kinds: &[ClockKind], at: Timestamp) -> Result<(), Error> {
        let calendars = self.context.rules.calendars();
        let episode = self.ticket.episode().number;
        for kind in kinds {
            let matter = self.ticket.matter();
            let Some(policy) = self.context.rules.policies().choose(*kind, &matter) else {
                continue;
            };
            if self.ticket.clocks.iter().any(|c| c.kind == *kind && !c.clock.is_over()) {
                continue;
            }
            let calendar = calendars.for_policy(policy, self.ticket.branch())?;
            let clock = Clock::start(at, policy.target(self.ticket.priority, calendar));
            let pauses_in = policy.pauses_in.clone();
            let clock = TicketClock::start(*kind, episode, pauses_in, clock, calendars)?;
            self.ticket.clocks.retain(|c| (c.kind, c.episode) != (*kind, episode));
            self.ticket.clocks.push(clock);
            self.changed_clock(self.ticket.clocks.len() - 1, Became::Started, None)?;
        }
        Ok(())
    }

    /// Lets the clocks stand still or run on, as the category that the ticket is in now asks for.
    pub(super) fn pause_or_resume(&mut self, at: Timestamp) -> Result<(), Error> {
        for index in 0..self.ticket.clocks.len() {
            let clock = &self.ticket.clocks[index];
            if clock.pauses_in.contains(&self.ticket.category) {
                let reason = self.ticket.state.clone();
                self.happen(index, at, Happening::Paused { reason }, Became::Paused)?;
            } else {
                self.happen(index, at, Happening::Resumed, Became::Resumed)?;
            }
        }
        Ok(())
    }

    /// Meets the clocks of these kinds: what they waited for has come.
    pub(super) fn meet(&mut self, kinds: &[ClockKind], at: Timestamp) -> Result<(), Error> {
        self.end(|kind| kinds.contains(&kind), at, &Happening::Stopped, Became::Met)
    }

    /// Stops every clock that still runs: what they waited for is no longer owed.
    pub(super) fn stop_clocks(&mut self, reason: &str, at: Timestamp) -> Result<(), Error> {
        let what = Happening::Cancelled { reason: reason.to_owned() };
        self.end(|_| true, at, &what, Became::Stopped)
    }

    /// Aims the running clocks anew, as policies and calendars say now of the ticket as it is now. One
    /// with an imported due time keeps it; one that no policy is found for any more stays as it is.
    pub(super) fn retarget(&mut self, reason: &str) -> Result<(), Error> {
        let (rules, now) = (self.context.rules, self.now);
        for index in 0..self.ticket.clocks.len() {
            let clock = &self.ticket.clocks[index];
            if clock.clock.is_over() || clock.clock.is_imported() {
                continue;
            }
            let matter = self.ticket.matter();
            let Some(policy) = rules.policies().choose(clock.kind, &matter) else { continue };
            let calendar = rules.calendars().for_policy(policy, self.ticket.branch())?;
            let target = policy.target(self.ticket.priority, calendar);
            let what = Happening::Retargeted { target, reason: reason.to_owned() };
            self.ticket.clocks[index].pauses_in.clone_from(&policy.pauses_in);
            self.happen(index, now, what, Became::Retargeted)?;
        }
        self.pause_or_resume(now)
    }

    /// Takes another system's due time over for the clock of this kind. It holds as it was set there,
    /// and does not stand still here.
    pub(super) fn import_due(&mut self, kind: ClockKind, due: Timestamp) -> Result<(), Error> {
        let at = self.ticket.head.created_at;
        let found = self.ticket.clocks.iter().position(|clock| clock.kind == kind);
        let Some(index) = found else { return Ok(()) };
        self.ticket.clocks[index].pauses_in.clear();
        self.happen(index, at, Happening::DueImported { due }, Became::Retargeted)
    }

    fn end(
        &mut self,
        which: impl Fn(ClockKind) -> bool,
        at: Timestamp,
        what: &Happening,
        became: Became,
    ) -> Result<(), Error> {
        for index in 0..self.ticket.clocks.len() {
            if which(self.ticket.clocks[index].kind) {
                self.happen(index, at, what.clone(), became)?;
            }
        }
        Ok(())
    }

    fn happen(
        &mut self,
        index: usize,
        at: Timestamp,
        what: Happening,
        became: Became,
    ) -> Result<(), Error> {
        let former = self.ticket.clocks[index].due_at;
        if self.ticket.clocks[index].apply(at, what, self.context.rules.calendars())? {
            self.changed_clock(index, became, former)?;
        }
        Ok(())
    }

    fn changed_clock(
        &mut self,
        index: usize,
        became: Became,
        former: Option<Timestamp>,
    ) -> Result<(), Error> {
        let (calendars, now) = (self.context.rules.calendars(), self.now);
        let clock = &self.ticket.clocks[index];
        let late = became == Became::Met && clock.state(calendars, now)? == ClockState::MetLate;
        self.clock_changes.push(events::ClockChange {
            kind: became.into(),
            clock: Some(clock.to_event(calendars, now)?),
            former_due_at: former.filter(|_| became == Became::Retargeted).map(wire::time),
            late,
        });
        Ok(())
    }
}
