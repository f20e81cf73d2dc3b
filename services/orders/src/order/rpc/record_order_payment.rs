//! RecordOrderPayment: records what was paid. A source's id is recorded once, over all orders.

use kefu_api_common::wire;
use kefu_api_orders::v1::{self, RecordOrderPaymentRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::{ExternalKey, Needs, Work};

use super::{decode, encode};
use crate::domain::Error as Refused;
use crate::domain::ids::{OrderId, OrderPaymentId};
use crate::order::domain::words::{PaymentKind, PaymentMethod};
use crate::order::domain::{NewPayment, Order};
use crate::service::Orders;
use crate::{Error, Result};

/// The kind of the natural key that a payment's source and external id make; it names the order.
const PAYMENT_KEY: &str = "order_payment";

pub async fn run(
    orders: &Orders,
    call: Call,
    request: RecordOrderPaymentRequest,
) -> Result<v1::Order> {
    let id: OrderId = id::read("order_id", &request.order_id)?;
    let source = if request.source.is_empty() { &call.principal.id } else { &request.source };
    let key = ExternalKey::of(PAYMENT_KEY, source, request.external_id.as_deref())?;
    let mut needs = Needs::default();
    needs.load::<Order>(id.uuid()).etag(&request.etag);
    key.need::<Order>(&mut needs);
    let new = new(request)?;
    let (this, holds) = (orders.clone(), orders.holds());
    let decide = move |work: &mut Work<'_>| {
        let before = work.get::<Order>(id.uuid())?;
        key.check_free::<Order>(work)?;
        let new = NewPayment { id: OrderPaymentId::from(work.new_id()), ..new.clone() };
        let context = this.context(work);
        let (after, told) = before.record_payment(&context, &this.types, new, &holds)?;
        let after = work.save(after, told);
        key.claim(work, after.head.id)?;
        Ok::<_, Error>(encode::full(&after))
    };
    Ok(orders.runner.run_with(call, needs, decide).await?.reply)
}

fn new(request: RecordOrderPaymentRequest) -> Result<NewPayment> {
    let amount = decode::money(request.amount.as_ref())?;
    Ok(NewPayment {
        // It is issued when it is decided.
        id: OrderPaymentId::from(id::Uuid::nil()),
        kind: PaymentKind::from_wire(request.kind).ok_or_else(|| Refused::unknown("kind", ""))?,
        method: PaymentMethod::from_wire(request.method)
            .ok_or_else(|| Refused::unknown("method", ""))?,
        amount: amount.ok_or_else(|| Refused::invalid("amount", "required", "is told"))?,
        paid_at: request.paid_at.as_ref().map(wire::instant),
        source: request.source,
        external_id: request.external_id,
        reference: request.reference,
    })
}
