//! The clocks of a claim: which begin when, what pauses, meets and stops them, and what they tell.

use std::time::Duration;

use kefu_api_events::clock_at;
use kefu_api_events::v1 as events;
use kefu_api_events::v1::ClockChangeKind as Became;
use kefu_kernel::clock::{Clock, Deadline, Happening};

use crate::domain::error::Error;
use crate::domain::words::ClockKind;

use super::change::Change;

/// A deadline of a claim.
pub type ClaimClock = Deadline<ClockKind>;

impl Change<'_> {
    /// Tells warnings and breaches up to now; what happens at the very moment of a deadline is in time, so only the
    /// timer itself counts that moment.
    pub fn tell_clocks(&mut self, at_the_moment: bool) -> Result<(), Error> {
        let millisecond = Duration::from_millis(u64::from(!at_the_moment));
        let (until, calendars) = (self.now.minus(millisecond), &*self.context.calendars);
        for index in 0..self.claim.clocks.len() {
            let told = self.claim.clocks[index].tell(until, calendars)?;
            for rung in told {
                let clock = &self.claim.clocks[index];
                let present = clock.episode == self.claim.episode;
                let clock = Some(clock_at(clock, calendars, self.now)?);
                if rung.percent == 100 {
                    self.claim.breached |= present;
                    self.tell(events::ClaimClockBreached { clock, ..Default::default() });
                } else {
                    let percent = i32::from(rung.percent);
                    self.tell(events::ClaimClockWarned { clock, percent, ..Default::default() });
                }
            }
        }
        Ok(())
    }

    /// Starts the clocks of these kinds for which a policy is found. One that runs already is left; one of the same
    /// episode that has ended gives its place to the new one.
    pub fn start_clocks(&mut self, kinds: &[ClockKind]) -> Result<(), Error> {
        let (rules, calendars) = (self.context.rules, &*self.context.calendars);
        for kind in kinds {
            let runs = self.claim.clocks.iter().any(|c| c.kind == *kind && !c.clock.is_over());
            let Some(policy) = rules.policy(*kind, self.claim.kind).filter(|_| !runs) else {
                continue;
            };
            let calendar = calendars.for_policy(policy.calendar.as_deref(), self.claim.branch())?;
            let clock = Clock::start(self.now, policy.target(calendar));
            let (episode, pauses_in) = (self.claim.episode, policy.pauses_in());
            let clock = ClaimClock::start(*kind, episode, pauses_in, clock, calendars)?;
            self.clocks.start(&mut self.claim.clocks, clock)?;
        }
        Ok(())
    }

    /// Lets the clocks stand still or run on, as the state that the claim is in now asks for.
    pub fn pause_or_resume(&mut self) -> Result<(), Error> {
        let state = self.claim.state.name();
        Ok(self.clocks.pause_or_resume(&mut self.claim.clocks, self.now, state, state)?)
    }

    /// Meets the clocks of these kinds: what they waited for has come.
    pub fn meet(&mut self, kinds: &[ClockKind]) -> Result<(), Error> {
        Ok(self.clocks.meet(&mut self.claim.clocks, kinds, self.now)?)
    }

    /// Stops the clocks of these kinds: what they waited for is no longer owed.
    pub fn stop_clocks(&mut self, kinds: &[ClockKind], reason: &str) -> Result<(), Error> {
        for clock in self.claim.clocks.iter_mut().filter(|clock| kinds.contains(&clock.kind)) {
            let what = Happening::Cancelled { reason: reason.to_owned() };
            self.clocks.happen(clock, self.now, what, Became::Stopped)?;
        }
        Ok(())
    }

    /// The claimant was told how it stands: the time to the next report begins.
    pub fn report(&mut self) -> Result<(), Error> {
        let kinds = [ClockKind::ClaimReport];
        if self.claim.clocks.iter().any(|c| kinds.contains(&c.kind) && !c.clock.is_over()) {
            self.meet(&kinds)?;
            self.start_clocks(&kinds)?;
        }
        Ok(())
    }
}
