//! CancelOrder: calls an order off, by the rules of its type. What was open of its follow-ups ends with it, in
//! the same transaction.

use kefu_api_events::v1::FollowUpState;
use kefu_api_orders::v1::{self, CancelOrderRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::{Needs, Work};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::encode;
use crate::domain::ids::OrderId;
use crate::follow_up::domain::FollowUp;
use crate::follow_up::rpc::create_follow_up::{OPEN_KEY, open_name};
use crate::follow_up::store::{self, Column, Entity};
use crate::order::domain::{Cancel, Order};
use crate::service::Orders;
use crate::{Error, Result};

/// Why a follow-up ends with its order.
const WITH_ORDER: &str = "order_cancelled";

pub async fn run(orders: &Orders, call: Call, request: CancelOrderRequest) -> Result<v1::Order> {
    let id: OrderId = id::read("order_id", &request.order_id)?;
    let mut needs = Needs::default();
    needs.load::<Order>(id.uuid()).etag(&request.etag);
    let open = open_follow_ups(orders, id).await?;
    for follow_up in &open {
        needs.load::<FollowUp>(follow_up.head.id);
        needs.key::<FollowUp>(OPEN_KEY, name(follow_up));
    }
    let with =
        Cancel { reason: request.reason, by_customer: request.by_customer, note: request.note };
    let (this, holds) = (orders.clone(), orders.holds());
    let decide = move |work: &mut Work<'_>| {
        let (order, context) = (work.get::<Order>(id.uuid())?, this.context(work));
        let (order, told) = order.cancel(&context, &this.types, with.clone(), &holds)?;
        let order = work.save(order, told);
        let calendars = this.directory.calendars();
        let clocks = this.clocks(&calendars);
        for follow_up in &open {
            let Some(now) = work.find::<FollowUp>(follow_up.head.id) else { continue };
            if now.ended_at.is_none() {
                let (ended, told) = now.cancel(&context, &clocks, WITH_ORDER)?;
                work.save(ended, told);
                work.release(OPEN_KEY, &name(follow_up), follow_up.head.id);
            }
        }
        Ok::<_, Error>(encode::full(&order))
    };
    Ok(orders.runner.run_with(call, needs, decide).await?.reply)
}

async fn open_follow_ups(orders: &Orders, order: OrderId) -> Result<Vec<FollowUp>> {
    let rows = Entity::find()
        .filter(Column::OrderId.eq(order.uuid()))
        .filter(Column::State.eq(i32::from(FollowUpState::Open)))
        .all(orders.store.reader())
        .await?;
    Ok(store::with_parts(orders.store.reader(), rows).await?)
}

fn name(of: &FollowUp) -> String {
    open_name(of.order, of.shipment, &of.kind)
}
