//! Changing fields, and the number that a shipment goes by.

use kefu_api_events::v1 as events;
use kefu_kernel::{Id, Money, Timestamp};

use super::change::Change;
use super::create::{NewPiece, OrderOf, check_cod, pieces};
use super::{Decision, FormerWaybill, Shipment, Traced, Window};
use crate::carrier::domain::Carrier;
use crate::domain::ids::{BranchId, CustomerId};
use crate::domain::{Context, Error};
use crate::scan::domain::Scan;

/// Which fields become what; none: as it is.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// Whose it is; within: nobody's.
    pub customer: Option<Option<CustomerId>>,
    /// The code of the carrier's service.
    pub service: Option<String>,
    /// The code of the place it begins at.
    pub origin_code: Option<String>,
    /// The code of the place it goes to.
    pub destination_code: Option<String>,
    /// Its pieces, all of them.
    pub pieces: Option<Vec<NewPiece>>,
    /// What the receiver has to pay; within: nothing.
    pub cod: Option<Option<Money>>,
    /// By when its delivery is promised; within: nothing is.
    pub promised_until: Option<Option<Timestamp>>,
    /// The branch it belongs to; within: none.
    pub branch: Option<Option<BranchId>>,
}

/// By which number a shipment goes from now on.
#[derive(Clone, Debug)]
pub struct NewNumber {
    /// The number.
    pub waybill: String,
    /// From when on it means the shipment; none: now.
    pub valid_from: Option<Timestamp>,
    /// The code of the reason.
    pub reason: String,
}

impl Shipment {
    /// Changes fields. What becomes what it is already is no change. `order` is its order, where it has one.
    ///
    /// # Errors
    ///
    /// [`Error::ShipmentEnded`]; as for a new one.
    pub fn update(&self, context: &Context<'_>, order: Option<&OrderOf>, patch: Patch) -> Decision {
        let mut change = Change::begin(self, context)?;
        if let Some(cod) = patch.cod {
            check_cod(order, cod)?;
            change.shipment.cod = cod;
        }
        if let Some(customer) = patch.customer {
            if customer.is_none() && order.is_some_and(|order| order.customer.is_some()) {
                let what = "cannot be cleared while the order has a customer";
                return Err(Error::invalid("shipment.customer_id", "required", what));
            }
            change.shipment.customer = customer;
        }
        if let Some(new) = patch.pieces {
            let lines = order.map(|order| order.goods_lines);
            change.shipment.pieces = pieces(new, &self.pieces, lines, "shipment.pieces")?;
        }
        let shipment = &mut change.shipment;
        set(&mut shipment.service, patch.service);
        set(&mut shipment.origin_code, patch.origin_code);
        set(&mut shipment.destination_code, patch.destination_code);
        set(&mut shipment.promised_until, patch.promised_until);
        set(&mut shipment.head.branch, patch.branch.map(|branch| branch.map(Id::uuid)));
        if change.shipment != *self {
            change.tell(events::ShipmentUpdated::default());
            let folded = change.recount();
            change.settle(folded, None);
        }
        change.done()
    }

    /// Lets it go by another number, or with another carrier. What was told of the former number stays as
    /// history and does not count any more; `waiting` are scans of the new one.
    ///
    /// # Errors
    ///
    /// [`Error::ShipmentEnded`], [`Error::WaybillInvalid`]; a carrier that is not active; the number that it
    /// has.
    pub fn replace_waybill(
        &self,
        context: &Context<'_>,
        carrier: &Carrier,
        new: NewNumber,
        waiting: Vec<Scan>,
    ) -> Decision {
        let mut change = Change::begin(self, context)?;
        if !carrier.active {
            return Err(Error::unknown("carrier", &carrier.code));
        }
        carrier.check_waybill(&new.waybill)?;
        if (&carrier.code, &new.waybill) == (&self.carrier, &self.waybill) {
            return Err(Error::invalid("waybill", "same", "is the number that it has"));
        }
        let now = change.now;
        let valid_from = new.valid_from.unwrap_or(now);
        let former = FormerWaybill {
            carrier: std::mem::replace(&mut change.shipment.carrier, carrier.code.clone()),
            waybill: std::mem::replace(&mut change.shipment.waybill, new.waybill),
            until: now,
            reason: new.reason,
        };
        let payload = events::ShipmentWaybillReplaced {
            waybill: change.shipment.waybill.clone(),
            former_waybill: former.waybill.clone(),
            former_carrier: former.carrier.clone(),
            ..Default::default()
        };
        change.shipment.window = Window::of_days(valid_from, carrier.waybill_days);
        change.shipment.former_waybills.push(former);
        let folded = change.recount();
        change.tell(payload);
        change.settle(folded, None);
        change.ingest(waiting);
        change.done()
    }

    /// Takes over what its traces have come to: whether one is open, and what was concluded.
    ///
    /// # Errors
    ///
    /// None.
    pub fn mark_traced(&self, context: &Context<'_>, traced: Traced) -> Decision {
        let mut change = Change::of(self, context);
        change.shipment.traced = traced;
        let folded = change.recount();
        change.settle(folded, None);
        change.done()
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
