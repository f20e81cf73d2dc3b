//! One step of an order in the making: the state as it becomes, and the events told so far.

use kefu_api_events::{FactsEvent, Tale, v1 as events};
use kefu_kernel::Timestamp;

use super::words::OrderState;
use super::{Decision, Order};
use crate::domain::{Context, Error};

/// An order that is being changed.
pub(super) struct Change<'a> {
    pub(super) context: &'a Context<'a>,
    /// The present moment; never before the order's last event, whichever process recorded it.
    pub(super) now: Timestamp,
    /// The order as it becomes.
    pub(super) order: Order,
    tale: Tale<Order>,
}

impl<'a> Change<'a> {
    /// Begins with an order as it is.
    pub(super) fn of(order: &Order, context: &'a Context<'a>) -> Self {
        Self::with(order.clone(), Tale::of(order), context)
    }

    /// Begins with an order in one of these states.
    ///
    /// # Errors
    ///
    /// [`Error::OrderStateRefuses`].
    pub(super) fn within(
        order: &Order,
        context: &'a Context<'a>,
        states: &[OrderState],
    ) -> Result<Self, Error> {
        if states.contains(&order.state) {
            Ok(Self::of(order, context))
        } else {
            Err(order.refuses())
        }
    }

    /// Begins with an order that comes into being: nothing was before its first event.
    pub(super) fn new(order: Order, context: &'a Context<'a>) -> Self {
        Self::with(order, Tale::of_new(), context)
    }

    fn with(order: Order, tale: Tale<Order>, context: &'a Context<'a>) -> Self {
        let now = context.now.max(order.head.updated_at);
        Self { context, now, order, tale }
    }

    /// Tells an event: everything that changed since the one before.
    pub(super) fn tell(&mut self, payload: impl FactsEvent<Facts = events::OrderFacts>) {
        self.tale.tell(&self.order, Vec::new(), payload);
    }

    /// The end of the step.
    pub(super) fn done(self) -> Decision {
        Ok((self.order, self.tale.into_events()))
    }
}

impl Order {
    /// That its state does not allow this.
    pub(super) fn refuses(&self) -> Error {
        Error::OrderStateRefuses { order: self.id(), state: self.state.name() }
    }
}
