//! ConfirmOrder: confirms a draft. Customers is asked before the transaction, where its answer is needed anew.

use kefu_api_orders::v1::{self, ConfirmOrderRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::{Aggregate, NotFound, Target};

use crate::Result;
use crate::domain::ids::OrderId;
use crate::order::credit;
use crate::order::domain::words::OrderState;
use crate::order::domain::{Confirm, CreditAnswer, Order};
use crate::service::Orders;

pub async fn run(orders: &Orders, call: Call, request: ConfirmOrderRequest) -> Result<v1::Order> {
    let id: OrderId = id::read("order_id", &request.order_id)?;
    let named: Result<Vec<OrderId>, _> = request
        .not_duplicate_of_ids
        .iter()
        .map(|other| id::read("not_duplicate_of_ids", other))
        .collect();
    let credit = asked(orders, &call, id).await?;
    let with = Confirm {
        not_duplicate_of: named?,
        credit,
        override_reason: request.credit_override_reason,
    };
    let target = Target::of(id.uuid()).etag(&request.etag);
    let (types, holds) = (orders.types.clone(), orders.holds());
    orders
        .change(call, target, move |order, context| {
            order.confirm(context, &types, with.clone(), &holds)
        })
        .await
}

/// What customers answers now, where the answer that the draft has does not do.
async fn asked(orders: &Orders, call: &Call, id: OrderId) -> Result<Option<CreditAnswer>> {
    let now = orders.store.ambient().now();
    let found = Order::load(orders.store.reader(), &[id.uuid()]).await?.pop();
    let order = found.filter(|order| call.principal.scope.admits(order.head.branch));
    let order = order.ok_or(NotFound { kind: "order", id: id.uuid() })?;
    let question = order.needs_credit(now).filter(|_| order.state == OrderState::Draft);
    match question {
        Some(question) => credit::ask(orders, question, Some(id), now).await.map(Some),
        None => Ok(None),
    }
}
