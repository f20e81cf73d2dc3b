//! ReverseOrderPayment: takes a payment back; it stays to be seen.

use kefu_api_orders::v1::{Order, ReverseOrderPaymentRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::Target;

use crate::Result;
use crate::domain::ids::{OrderId, OrderPaymentId};
use crate::service::Orders;

pub async fn run(
    orders: &Orders,
    call: Call,
    request: ReverseOrderPaymentRequest,
) -> Result<Order> {
    let id: OrderId = id::read("order_id", &request.order_id)?;
    let payment: OrderPaymentId = id::read("payment_id", &request.payment_id)?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    let (reason, types, holds) = (request.reason, orders.types.clone(), orders.holds());
    orders
        .change(call, target, move |order, context| {
            order.reverse_payment(context, &types, payment, &reason, &holds)
        })
        .await
}
