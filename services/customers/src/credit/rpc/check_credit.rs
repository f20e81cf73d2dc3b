//! CheckCredit: may this customer order so much in this way? Every reason why not is told at once.

use std::sync::Arc;

use kefu_api_common::wire;
use kefu_api_customers::v1::{CheckCreditRequest, CheckCreditResponse};
use kefu_kernel::{Id, id};
use kefu_rpc::CallContext;

use super::encode::used_of;
use super::get_credit::{credit_of, used_by};
use crate::Result;
use crate::credit::domain::Asked;
use crate::credit::domain::words::{Refusal, Terms};
use crate::customer::rpc::get_customer;
use crate::domain::ids::{CustomerId, OrderId};
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Arc<CallContext>,
    request: CheckCreditRequest,
) -> Result<CheckCreditResponse> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let order: Option<OrderId> = id::read_optional("order_id", request.order_id.as_deref())?;
    let row = get_customer::stays(customers, &call, id).await?;
    let credit = credit_of(customers, &row).await?;
    let used = used_by(customers, row.id, order.map(Id::uuid)).await?;
    let asked = Asked {
        terms: Terms::from_wire(request.terms).unwrap_or(Terms::OnAccount),
        amount: wire::amount(&request.amount.unwrap_or_default())?,
        used: credit.limit.map(|limit| used_of(limit, &used)),
        blocked: row.blocked,
    };
    let answer = credit.check(&asked, customers.store.ambient().now())?;
    Ok(CheckCreditResponse {
        allowed: answer.is_allowed(),
        refusals: answer.refusals.iter().copied().map(Refusal::to_wire).collect(),
        remaining: answer.remaining.map(wire::money),
        etag: credit.head.etag(),
    })
}
