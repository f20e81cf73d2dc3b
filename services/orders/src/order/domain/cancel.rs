//! Calling an order off, by the rules of its type; none that was picked up.

use kefu_api_events::v1 as events;

use super::change::Change;
use super::words::{OrderState, OrderVerb};
use super::{Decision, Order, OrderTypes};
use crate::domain::Context;

/// Why an order is called off.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    /// The code of the reason.
    pub reason: String,
    /// Whether the customer wants it, and not the company.
    pub by_customer: bool,
    /// What was said. Personal data.
    pub note: String,
}

impl Order {
    /// Calls it off.
    ///
    /// # Errors
    ///
    /// [`Error::OrderStateRefuses`](crate::domain::Error::OrderStateRefuses) also where a carrier has one of
    /// its shipments; [`Error::NeedsPermission`](crate::domain::Error::NeedsPermission).
    pub fn cancel(
        &self,
        context: &Context<'_>,
        types: &OrderTypes,
        with: Cancel,
        holds: &dyn Fn(&str) -> bool,
    ) -> Decision {
        let kind = types.get(&self.kind)?;
        self.rule(kind, OrderVerb::Cancel, holds)?;
        if self.shipments.values().any(|of| of.status.is_under_way()) {
            return Err(self.refuses());
        }
        let mut change = Change::of(self, context);
        let (now, order) = (change.now, &mut change.order);
        (order.state, order.ended_at) = (OrderState::Cancelled, Some(now));
        order.cancel_reason.clone_from(&with.reason);
        order.cancel_note = with.note;
        let (reason, by_customer) = (with.reason, with.by_customer);
        change.tell(events::OrderCancelled { reason, by_customer, ..Default::default() });
        change.done()
    }
}
