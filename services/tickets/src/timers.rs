//! What timers fire: the clocks of tickets and calls, which then tell of warnings and breaches.

use kefu_kernel::{Call as Cause, Fault};
use kefu_outbox::{Timer, TimerHandler};
use kefu_store::runner::{RunError, Target};

use crate::Error;
use crate::domain::{Call, Context, Ticket};
use crate::service::{CALL_TIMER, CLOCK_TIMER, Tickets};

/// Fires the clocks of tickets.
pub struct TicketClocks(pub Tickets);

#[async_trait::async_trait]
impl TimerHandler for TicketClocks {
    async fn fire(&self, timer: &Timer) -> Result<(), Box<dyn Fault>> {
        let cause = Cause::internal("tickets", format!("timer:{CLOCK_TIMER}"));
        let target = Target::of(timer.aggregate_id);
        let done = self
            .0
            .change(cause, target, |ticket: &Ticket, context| ticket.fire_clocks(context))
            .await;
        match done {
            // A ticket that is gone has no clocks.
            Ok(_) | Err(RunError::Refused(Error::NotFound(_))) => Ok(()),
            Err(error) => Err(Box::new(error)),
        }
    }
}

/// Fires the clocks of calls.
pub struct CallClocks(pub Tickets);

#[async_trait::async_trait]
impl TimerHandler for CallClocks {
    async fn fire(&self, timer: &Timer) -> Result<(), Box<dyn Fault>> {
        let cause = Cause::internal("tickets", format!("timer:{CALL_TIMER}"));
        let rules = self.0.rules.load_full();
        let id = timer.aggregate_id;
        let done = self
            .0
            .runner
            .change(
                cause,
                Target::of(id),
                move |call: &Call, work| {
                    let actor = work.principal().id.clone();
                    let context = Context { rules: &rules, now: work.now(), actor: &actor };
                    let (after, events) = call.fire_clock(&context)?;
                    match after.wakes_at() {
                        Some(at) => work.set_timer(CALL_TIMER, id, "", at),
                        None => work.cancel_timer(CALL_TIMER, id, ""),
                    }
                    Ok::<_, Error>((after, events))
                },
                |_| (),
            )
            .await;
        match done {
            Ok(_) | Err(RunError::Refused(Error::NotFound(_))) => Ok(()),
            Err(error) => Err(Box::new(error)),
        }
    }
}
