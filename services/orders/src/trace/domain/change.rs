//! One step of a trace in the making: the state as it becomes, its clocks, and the events told so far.

use std::time::Duration;

use kefu_api_events::{ClockLog, FactsEvent, Tale, clock_at, v1 as events};
use kefu_kernel::Timestamp;

use super::words::TraceState;
use super::{Decision, Trace};
use crate::domain::clocks::ClockKind;
use crate::domain::{Clocks, Context, Error};

/// A trace that is being changed.
pub(super) struct Change<'a> {
    clocks: &'a Clocks<'a>,
    /// The present moment; never before the trace's last event, whichever process recorded it.
    pub(super) now: Timestamp,
    /// The trace as it becomes.
    pub(super) trace: Trace,
    log: ClockLog<'a>,
    tale: Tale<Trace>,
}

impl<'a> Change<'a> {
    /// Begins with a trace in one of these states. What its clocks have to tell by now is told first, so that
    /// a breach always comes before what ends it.
    ///
    /// # Errors
    ///
    /// [`Error::TraceStateRefuses`].
    pub(super) fn within(
        trace: &Trace,
        context: &Context<'_>,
        clocks: &'a Clocks<'a>,
        states: &[TraceState],
    ) -> Result<Self, Error> {
        if !states.contains(&trace.state) {
            return Err(trace.refuses());
        }
        let mut change = Self::of(trace, context, clocks);
        // What happens at the very moment of a deadline is in time.
        let before = change.now.minus(Duration::from_millis(1));
        change.tell_until(before)?;
        Ok(change)
    }

    /// Begins with a trace as it is.
    pub(super) fn of(trace: &Trace, context: &Context<'_>, clocks: &'a Clocks<'a>) -> Self {
        Self::with(trace.clone(), Tale::of(trace), context, clocks)
    }

    /// Begins with a trace that comes into being: nothing was before its first event.
    pub(super) fn new(trace: Trace, context: &Context<'_>, clocks: &'a Clocks<'a>) -> Self {
        Self::with(trace, Tale::of_new(), context, clocks)
    }

    fn with(
        trace: Trace,
        tale: Tale<Trace>,
        context: &Context<'_>,
        clocks: &'a Clocks<'a>,
    ) -> Self {
        let now = context.now.max(trace.head.updated_at);
        let log = ClockLog::new(clocks.calendars, now);
        Self { clocks, now, trace, log, tale }
    }

    /// Tells an event: everything that changed since the one before.
    pub(super) fn tell(&mut self, payload: impl FactsEvent<Facts = events::TraceFacts>) {
        self.tale.tell(&self.trace, self.log.take(), payload);
    }

    /// Tells warnings and breaches up to a moment, each once.
    pub(super) fn tell_until(&mut self, until: Timestamp) -> Result<(), Error> {
        let calendars = self.clocks.calendars;
        for index in 0..self.trace.clocks.len() {
            let Some(clock) = self.trace.clocks.get_mut(index) else { continue };
            let told = clock.tell(until, calendars)?;
            let clock = clock_at(clock, calendars, self.now)?;
            for rung in told {
                let clock = Some(clock.clone());
                if rung.percent == 100 {
                    self.tell(events::TraceClockBreached { clock, ..Default::default() });
                } else {
                    let percent = i32::from(rung.percent);
                    self.tell(events::TraceClockWarned { clock, percent, ..Default::default() });
                }
            }
        }
        Ok(())
    }

    /// Starts a clock, where a policy sets it.
    pub(super) fn start(&mut self, kind: ClockKind) -> Result<(), Error> {
        if let Some(clock) = self.clocks.start(kind, self.now, self.trace.branch())? {
            self.log.start(&mut self.trace.clocks, clock)?;
        }
        Ok(())
    }

    /// Meets a clock: what it waited for has come.
    pub(super) fn meet(&mut self, kind: ClockKind) -> Result<(), Error> {
        Ok(self.log.meet(&mut self.trace.clocks, &[kind], self.now)?)
    }

    /// Stops every clock: what they waited for is no longer owed.
    pub(super) fn stop_clocks(&mut self, reason: &str) -> Result<(), Error> {
        Ok(self.log.stop_all(&mut self.trace.clocks, self.now, reason)?)
    }

    /// The end of the step.
    pub(super) fn done(self) -> Decision {
        Ok((self.trace, self.tale.into_events()))
    }
}
