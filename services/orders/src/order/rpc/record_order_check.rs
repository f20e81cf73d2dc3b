//! RecordOrderCheck: records a check with the customer.

use kefu_api_orders::v1::{Order, RecordOrderCheckRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::Target;

use crate::Result;
use crate::domain::Error;
use crate::domain::ids::OrderId;
use crate::order::domain::words::{CheckKind, CheckResult};
use crate::service::Orders;

pub async fn run(orders: &Orders, call: Call, request: RecordOrderCheckRequest) -> Result<Order> {
    let id: OrderId = id::read("order_id", &request.order_id)?;
    let kind = CheckKind::from_wire(request.kind).ok_or_else(|| Error::unknown("kind", ""))?;
    let result =
        CheckResult::from_wire(request.result).ok_or_else(|| Error::unknown("result", ""))?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    let note = request.note;
    orders
        .change(call, target, move |order, context| {
            order.record_check(context, kind, result, note.clone())
        })
        .await
}
