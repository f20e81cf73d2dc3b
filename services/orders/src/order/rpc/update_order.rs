//! UpdateOrder: changes fields by the rules of the type; conflicts only where one of them changed since.

use std::collections::BTreeMap;

use kefu_api_common::{Paths, Update, field};
use kefu_api_orders::v1::{Order, OrderPatch, UpdateOrderRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::Target;

use super::decode;
use crate::Result;
use crate::domain::ids::{BranchId, OrderId};
use crate::order::domain::words::PaymentTerms;
use crate::order::domain::{Patch, PatchFields};
use crate::service::Orders;

pub async fn run(orders: &Orders, call: Call, request: UpdateOrderRequest) -> Result<Order> {
    let id: OrderId = id::read("order_id", &request.order_id)?;
    let paths = request.paths();
    let patch = patch(&paths, request.order.unwrap_or_default())?;
    if let Some(branch) = patch.branch {
        orders.directory.know_branch(&call.principal.scope, "order.branch_id", branch).await?;
    }
    let target = Target::of(id.uuid()).etag_for(&request.etag, paths.iter());
    let (types, holds) = (orders.types.clone(), orders.holds());
    let rule = move |order: &crate::order::domain::Order, context: &crate::domain::Context<'_>| {
        order.update(context, &types, patch.clone(), &holds)
    };
    orders.change(call, target, rule).await
}

fn patch(paths: &Paths, given: OrderPatch) -> Result<Patch> {
    let text = |field: &str, value: String| paths.has(field).then_some(value);
    let branch: Option<BranchId> =
        id::read_optional("order.branch_id", given.branch_id.as_deref())?;
    let mut values = given.fields;
    let fields = if paths.has("fields") {
        PatchFields::Replace(field::read_all(values))
    } else {
        let named: BTreeMap<_, _> = paths
            .keys("fields")
            .map(|code| (code.to_owned(), values.remove(code).and_then(field::read)))
            .collect();
        if named.is_empty() { PatchFields::Keep } else { PatchFields::Set(named) }
    };
    let customer = id::read_optional("order.customer_id", given.customer_id.as_deref())?;
    let parties = paths.has("parties").then(|| decode::parties(given.parties)).transpose()?;
    let goods = paths.has("goods").then(|| decode::goods(given.goods)).transpose()?;
    let declared_value = decode::money(given.declared_value.as_ref())?;
    let cod = decode::money(given.cod_amount.as_ref())?;
    let price = decode::money(given.price.as_ref())?;
    let terms = PaymentTerms::from_wire(given.payment_terms);
    let pickup_window = decode::window(given.pickup_window);
    Ok(Patch {
        customer: paths.has("customer_id").then_some(customer),
        parties,
        goods,
        declared_value: paths.has("declared_value").then_some(declared_value),
        cod: paths.has("cod_amount").then_some(cod),
        price: paths.has("price").then_some(price),
        terms: paths.has("payment_terms").then_some(terms),
        pickup_window: paths.has("pickup_window").then_some(pickup_window),
        instructions: text("instructions", given.instructions),
        language: text("language", given.language),
        branch: paths.has("branch_id").then_some(branch),
        fields,
        source: text("source", given.source),
    })
}
