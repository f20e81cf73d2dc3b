//! Giving the asking agent the answer, telling the customer, and giving a trace up.

use kefu_api_events::v1 as events;
use kefu_api_events::wire::timestamp;
use kefu_kernel::Timestamp;

use super::change::Change;
use super::words::TraceState;
use super::{Decision, ToldBy, Trace};
use crate::domain::clocks::ClockKind;
use crate::domain::words::Channel;
use crate::domain::{Clocks, Context, not_ahead};

impl Trace {
    /// Gives the asking agent the answer. Meets the clock of the answer; that of telling the customer starts.
    ///
    /// # Errors
    ///
    /// TRACE_STATE_REFUSES for all but a concluded one.
    pub fn answer(&self, context: &Context<'_>, clocks: &Clocks<'_>, answer: String) -> Decision {
        let mut change = Change::within(self, context, clocks, &[TraceState::Concluded])?;
        change.trace.state = TraceState::Answered;
        change.trace.answered_at = Some(change.now);
        change.trace.answer = answer;
        change.meet(ClockKind::TraceAnswer)?;
        change.start(ClockKind::TraceTold)?;
        change.tell(events::TraceAnswered::default());
        change.done()
    }

    /// Records that the customer was told. Meets the clock of that.
    ///
    /// # Errors
    ///
    /// TRACE_STATE_REFUSES for all but an answered one; a moment that has not come yet.
    pub fn close(
        &self,
        context: &Context<'_>,
        clocks: &Clocks<'_>,
        channel: Channel,
        told_at: Option<Timestamp>,
        note: String,
    ) -> Decision {
        let mut change = Change::within(self, context, clocks, &[TraceState::Answered])?;
        let told_at = told_at.unwrap_or(change.now);
        not_ahead("told_at", told_at, change.now)?;
        change.trace.state = TraceState::Closed;
        change.trace.ended_at = Some(change.now);
        change.trace.told = Some(ToldBy { channel, told_at, note, by: context.actor.to_owned() });
        change.meet(ClockKind::TraceTold)?;
        let (channel, told_at) = (channel.to_wire(), Some(timestamp(told_at)));
        change.tell(events::TraceClosed { channel, told_at, ..Default::default() });
        change.done()
    }

    /// Gives it up: nobody needs it any more.
    ///
    /// # Errors
    ///
    /// TRACE_STATE_REFUSES once it is answered or has ended.
    pub fn cancel(&self, context: &Context<'_>, clocks: &Clocks<'_>, reason: &str) -> Decision {
        let states =
            [TraceState::Requested, TraceState::Sent, TraceState::Found, TraceState::Concluded];
        let mut change = Change::within(self, context, clocks, &states)?;
        change.trace.state = TraceState::Cancelled;
        change.trace.ended_at = Some(change.now);
        reason.clone_into(&mut change.trace.cancel_reason);
        change.stop_clocks(reason)?;
        let reason = reason.to_owned();
        change.tell(events::TraceCancelled { reason, ..Default::default() });
        change.done()
    }

    /// Tells what its clocks have to tell by now. What a durable timer calls at [`Trace::wakes_at`]; safe to
    /// call twice, early, late, or at its end.
    ///
    /// # Errors
    ///
    /// Where a clock cannot be reckoned.
    pub fn fire_clocks(&self, context: &Context<'_>, clocks: &Clocks<'_>) -> Decision {
        let mut change = Change::of(self, context, clocks);
        change.tell_until(change.now)?;
        change.done()
    }
}
