//! CreateOrder: takes an order, as a draft. The same source and external id never make two orders; credit is
//! asked before the transaction, and an answer that does not come refuses nothing.

use std::time::Duration;

use kefu_api_common::field;
use kefu_api_orders::v1::{self, CreateOrderRequest};
use kefu_kernel::{Call, Scope, id};
use kefu_store::runner::{ExternalKey, Needs, Work};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{decode, encode};
use crate::domain::ids::{BranchId, OrderId};
use crate::domain::words::Channel;
use crate::error::CustomersSilent;
use crate::order::credit;
use crate::order::domain::words::PaymentTerms;
use crate::order::domain::{CreditAnswer, New, Order};
use crate::order::store::{fingerprint, order, resource};
use crate::service::Orders;
use crate::{Error, Result};

/// The kind of number that orders have.
pub const NUMBER: &str = "order";
/// The kind of the natural key that an order's source and external id make.
pub const EXTERNAL_KEY: &str = "order";
/// Within which time orders may be the same.
const ALIKE_WITHIN: Duration = Duration::from_secs(24 * 3600);
/// How many of them are named.
const ALIKE_MOST: u64 = 11;

pub async fn run(orders: &Orders, call: Call, request: CreateOrderRequest) -> Result<v1::Order> {
    let key = ExternalKey::of(EXTERNAL_KEY, &request.source, request.external_id.as_deref())?;
    let new = new(request, &call.principal.scope)?;
    orders.directory.know_branch(&call.principal.scope, "branch_id", new.branch).await?;
    let (answer, alike) = (asked(orders, &call, &new).await?, alike(orders, &call, &new).await?);
    let mut needs = Needs::default();
    needs.numbers(NUMBER, 1);
    key.need::<Order>(&mut needs);
    let this = orders.clone();
    let decide = move |work: &mut Work<'_>| {
        key.check_free::<Order>(work)?;
        let mut new = new.clone();
        new.id = OrderId::from(work.new_id());
        new.number = work.number(NUMBER);
        let context = this.context(work);
        let made = Order::create(&context, &this.types, new, answer.clone(), alike.clone())?;
        let order = work.save(this.fingerprinted(made.0), made.1);
        key.claim(work, order.head.id)?;
        Ok::<_, Error>(encode::full(&order))
    };
    Ok(orders.runner.run_with(call, needs, decide).await?.reply)
}

fn new(request: CreateOrderRequest, scope: &Scope) -> Result<New> {
    let branch: Option<BranchId> = id::read_optional("branch_id", request.branch_id.as_deref())?;
    Ok(New {
        // Both are issued when it is decided.
        id: OrderId::from(id::Uuid::nil()),
        number: 0,
        kind: request.r#type,
        channel: Channel::from_wire(request.channel).unwrap_or(Channel::Other),
        source: request.source,
        external_id: request.external_id,
        ticket: id::read_optional("ticket_id", request.ticket_id.as_deref())?,
        call: id::read_optional("call_id", request.call_id.as_deref())?,
        customer: id::read_optional("customer_id", request.customer_id.as_deref())?,
        parties: decode::parties(request.parties)?,
        goods: decode::goods(request.goods)?,
        declared_value: decode::money(request.declared_value.as_ref())?,
        cod: decode::money(request.cod_amount.as_ref())?,
        price: decode::money(request.price.as_ref())?,
        terms: PaymentTerms::from_wire(request.payment_terms),
        pickup_window: decode::window(request.pickup_window),
        instructions: request.instructions,
        language: request.language,
        branch: branch.or_else(|| only_branch(scope)),
        fields: field::read_all(request.fields),
    })
}

/// The caller's branch, where they have one only.
fn only_branch(scope: &Scope) -> Option<BranchId> {
    match scope {
        Scope::Branches(branches) if branches.len() == 1 => {
            branches.iter().next().copied().map(BranchId::from)
        }
        _ => None,
    }
}

/// The order as it would be, to look at before it is decided.
fn draft(orders: &Orders, call: &Call, new: &New) -> Order {
    let now = orders.store.ambient().now();
    let context = crate::domain::Context { now, actor: &call.principal.id };
    orders.fingerprinted(Order::blank(&context, new.clone()))
}

/// What customers answers, where they have to be asked and do answer.
async fn asked(orders: &Orders, call: &Call, new: &New) -> Result<Option<CreditAnswer>> {
    let Some(question) = draft(orders, call, new).credit_question() else { return Ok(None) };
    match credit::ask(orders, question, None, orders.store.ambient().now()).await {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.find::<CustomersSilent>().is_some() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Orders within the caller's sight that may be the same one, the latest first.
async fn alike(orders: &Orders, call: &Call, new: &New) -> Result<Vec<OrderId>> {
    let draft = draft(orders, call, new);
    if draft.fingerprints.is_empty() {
        return Ok(Vec::new());
    }
    let reader = orders.store.reader();
    let since = draft.head.created_at.minus(ALIKE_WITHIN).as_millis();
    let found = fingerprint::Entity::find()
        .filter(fingerprint::Column::Hash.is_in(draft.fingerprints))
        .filter(fingerprint::Column::CreatedAt.gte(since))
        .order_by_desc(fingerprint::Column::CreatedAt)
        .limit(ALIKE_MOST)
        .all(reader)
        .await?;
    let ids: Vec<_> = found.iter().map(|row| row.order_id).collect();
    let seen = order::Entity::find()
        .filter(kefu_store::runner::ids_in(order::Column::Id, &ids))
        .filter(resource::in_sight(&call.principal.scope))
        .order_by_desc(order::Column::CreatedAt)
        .all(reader)
        .await?;
    Ok(seen.into_iter().map(|row| OrderId::from(row.id)).collect())
}
