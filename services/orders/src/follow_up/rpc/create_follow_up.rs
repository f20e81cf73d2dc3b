//! CreateFollowUp: begins one. Of a kind, one at a time is open for an order, or for a shipment of it.

use kefu_api_common::wire;
use kefu_api_orders::v1::{self, CreateFollowUpRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::{Needs, Work};

use super::encode;
use crate::domain::Error as Refused;
use crate::domain::ids::{FollowUpId, OrderId, PersonId, ShipmentId};
use crate::follow_up::domain::{FollowUp, New};
use crate::order::domain::Order;
use crate::service::Orders;
use crate::{Error, Result};

/// The kind of the natural key that an open follow-up has: what it follows, and its kind.
pub(crate) const OPEN_KEY: &str = "follow_up_open";

pub async fn run(
    orders: &Orders,
    call: Call,
    request: CreateFollowUpRequest,
) -> Result<v1::FollowUp> {
    let order: OrderId = id::read("order_id", &request.order_id)?;
    let shipment: Option<ShipmentId> =
        id::read_optional("shipment_id", request.shipment_id.as_deref())?;
    let responsible: PersonId = id::read("responsible_id", &request.responsible_id)?;
    orders.directory.know_person("responsible_id", Some(responsible)).await?;
    let next_check_at = request.next_check_at.as_ref().map(wire::instant).unwrap_or_default();
    let kind = request.kind;
    let name = open_name(order, shipment, &kind);
    let mut needs = Needs::default();
    needs.load::<Order>(order.uuid());
    needs.key::<FollowUp>(OPEN_KEY, &name);
    let this = orders.clone();
    let decide = move |work: &mut Work<'_>| {
        let unknown = || Refused::unknown("order_id", &order.to_string());
        let of = work.find::<Order>(order.uuid()).ok_or_else(unknown)?;
        of.check_may_be_followed(shipment)?;
        if let Some(by) = work.key(OPEN_KEY, &name) {
            return Err(Refused::FollowUpOpen(FollowUpId::from(by)).into());
        }
        let new = New {
            id: FollowUpId::from(work.new_id()),
            kind: kind.clone(),
            order,
            shipment,
            customer: of.customer,
            branch: of.branch(),
            responsible,
            next_check_at,
        };
        let calendars = this.directory.calendars();
        let clocks = this.clocks(&calendars);
        let (follow_up, told) = FollowUp::create(&this.context(work), &clocks, new)?;
        let follow_up = work.save(follow_up, told);
        work.claim(OPEN_KEY, &name, follow_up.head.id)?;
        Ok::<_, Error>(encode::full(&follow_up))
    };
    Ok(orders.runner.run_with(call, needs, decide).await?.reply)
}

/// The name that an open follow-up has, so that there is one at a time; given up at its end.
pub(crate) fn open_name(order: OrderId, shipment: Option<ShipmentId>, kind: &str) -> String {
    let of = shipment.map_or_else(|| order.to_string(), |shipment| shipment.to_string());
    format!("{of}/{kind}")
}
