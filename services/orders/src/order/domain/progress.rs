//! What its shipments make of an order. A pure function of where they are: a scan that is taken back moves the
//! order back, too.

use kefu_api_events::v1 as events;

use super::change::Change;
use super::words::OrderState;
use super::{Decision, Order, ShipmentOf};
use crate::domain::Context;
use crate::domain::ids::ShipmentId;
use crate::domain::words::ShipmentStatus;

impl Order {
    /// Takes over where one of its shipments is. Safe to call twice.
    ///
    /// # Errors
    ///
    /// None.
    pub fn progress(
        &self,
        context: &Context<'_>,
        shipment: ShipmentId,
        stands: ShipmentOf,
    ) -> Decision {
        let mut change = Change::of(self, context);
        change.order.shipments.insert(shipment, stands);
        if let Some(state) = change.order.state_by_shipments() {
            change.order.state = state;
            change.order.picked_up_at =
                change.order.living().filter_map(|of| of.picked_up_at).min();
            let ended = matches!(state, OrderState::Fulfilled | OrderState::Failed);
            let last = change.order.living().filter_map(|of| of.ended_at).max();
            change.order.ended_at = last.filter(|_| ended);
        }
        if change.order != *self {
            let (shipment_id, shipment_status) = (shipment.to_string(), stands.status.to_wire());
            let payload =
                events::OrderProgressed { shipment_id, shipment_status, ..Default::default() };
            change.tell(payload);
        }
        change.done()
    }

    /// Its shipments, cancelled ones left out.
    fn living(&self) -> impl Iterator<Item = &ShipmentOf> {
        self.shipments.values().filter(|of| of.status != ShipmentStatus::Cancelled)
    }

    /// How it stands by its shipments; none where they do not move it: before hand-over and after its
    /// cancellation.
    pub fn state_by_shipments(&self) -> Option<OrderState> {
        use OrderState::{Failed, Fulfilled, HandedOver, InProgress};
        if !matches!(self.state, HandedOver | InProgress | Fulfilled | Failed) {
            return None;
        }
        let living = || self.living();
        let delivered = || living().any(|of| of.status == ShipmentStatus::Delivered);
        Some(if living().next().is_none() {
            HandedOver
        } else if living().all(|of| of.status.is_ended()) {
            if delivered() { Fulfilled } else { Failed }
        } else if living().any(|of| of.status.is_under_way()) {
            InProgress
        } else {
            HandedOver
        })
    }
}
