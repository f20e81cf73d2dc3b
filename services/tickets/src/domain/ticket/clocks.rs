//! The clocks of a ticket: which begin when, what pauses, meets and stops them, and what they tell.

use std::time::Duration;

use kefu_api_events::clock_at;
use kefu_api_events::v1 as events;
use kefu_api_events::v1::ClockChangeKind as Became;
use kefu_kernel::Timestamp;
use kefu_kernel::clock::{Clock, Deadline, Happening};

use crate::domain::error::Error;
use crate::domain::rules::Context;
use crate::domain::words::ClockKind;

use super::change::Change;
use super::{Decision, Ticket};

/// A deadline of a ticket or call.
pub type TicketClock = Deadline<ClockKind>;

impl Ticket {
    /// Tells what its clocks have to tell by now: warnings and breaches, each once. What a durable timer
    /// calls at [`Ticket::wakes_at`]. Safe to call twice, early, late, on a closed or historic ticket: it
    /// then has no events.
    pub fn fire_clocks(&self, context: &Context<'_>) -> Decision {
        let mut change = Change::of(self, context);
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
        let calendars = &*self.context.calendars;
        for index in 0..self.ticket.clocks.len() {
            let told = self.ticket.clocks[index].tell(until, calendars)?;
            for rung in told {
                self.ticket.note_breaches();
                let clock = Some(clock_at(&self.ticket.clocks[index], calendars, self.now)?);
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
        let calendars = &*self.context.calendars;
        let episode = self.ticket.episode().number;
        for kind in kinds {
            let matter = self.ticket.matter();
            let Some(policy) = self.context.rules.policies().choose(*kind, &matter) else {
                continue;
            };
            if self.ticket.clocks.iter().any(|c| c.kind == *kind && !c.clock.is_over()) {
                continue;
            }
            let calendar =
                calendars.for_policy(policy.calendar.as_deref(), self.ticket.branch())?;
            let clock = Clock::start(at, policy.target(self.ticket.priority, calendar));
            let clock = TicketClock::start(*kind, episode, policy.pauses_in(), clock, calendars)?;
            self.clocks.start(&mut self.ticket.clocks, clock)?;
        }
        Ok(())
    }

    /// Lets the clocks stand still or run on, as the category that the ticket is in now asks for.
    pub(super) fn pause_or_resume(&mut self, at: Timestamp) -> Result<(), Error> {
        let (category, state) = (self.ticket.category.name(), &self.ticket.state);
        Ok(self.clocks.pause_or_resume(&mut self.ticket.clocks, at, category, state)?)
    }

    /// Meets the clocks of these kinds: what they waited for has come.
    pub(super) fn meet(&mut self, kinds: &[ClockKind], at: Timestamp) -> Result<(), Error> {
        Ok(self.clocks.meet(&mut self.ticket.clocks, kinds, at)?)
    }

    /// Stops every clock that still runs: what they waited for is no longer owed.
    pub(super) fn stop_clocks(&mut self, reason: &str, at: Timestamp) -> Result<(), Error> {
        Ok(self.clocks.stop_all(&mut self.ticket.clocks, at, reason)?)
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
            let calendar = self
                .context
                .calendars
                .for_policy(policy.calendar.as_deref(), self.ticket.branch())?;
            let target = policy.target(self.ticket.priority, calendar);
            let what = Happening::Retargeted { target, reason: reason.to_owned() };
            let clock = &mut self.ticket.clocks[index];
            clock.pauses_in = policy.pauses_in();
            self.clocks.happen(clock, now, what, Became::Retargeted)?;
        }
        self.pause_or_resume(now)
    }

    /// Takes another system's due time over for the clock of this kind. It holds as it was set there,
    /// and does not stand still here.
    pub(super) fn import_due(&mut self, kind: ClockKind, due: Timestamp) -> Result<(), Error> {
        let at = self.ticket.head.created_at;
        let mut clocks = self.ticket.clocks.iter_mut();
        let Some(clock) = clocks.find(|clock| clock.kind == kind) else { return Ok(()) };
        clock.pauses_in.clear();
        let what = Happening::DueImported { due };
        Ok(self.clocks.happen(clock, at, what, Became::Retargeted)?)
    }
}
