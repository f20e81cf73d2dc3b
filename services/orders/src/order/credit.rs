//! Asking customers whether an order may be given so: before the transaction, never within it.

use kefu_api_common::wire;
use kefu_api_customers::v1::CheckCreditRequest;
use kefu_api_customers::v1::credit_service_client::CreditServiceClient;
use kefu_kernel::Timestamp;
use kefu_rpc::client;
use tonic::Code;

use super::domain::words::CreditRefusal;
use super::domain::{CreditAnswer, CreditQuestion};
use crate::Result;
use crate::domain::Error;
use crate::domain::ids::OrderId;
use crate::error::CustomersSilent;
use crate::service::Orders;

/// What customers answers now. `order` is the one that it is about, where it is there already.
///
/// # Errors
///
/// UNKNOWN_REFERENCE for a customer that there is not; DEPENDENCY_UNAVAILABLE where customers does not answer.
pub async fn ask(
    orders: &Orders,
    question: CreditQuestion,
    order: Option<OrderId>,
    now: Timestamp,
) -> Result<CreditAnswer> {
    let endpoint = orders.customers.clone().ok_or(CustomersSilent)?;
    let mut customers = client!(CreditServiceClient, endpoint);
    let request = CheckCreditRequest {
        customer_id: question.customer.to_string(),
        terms: question.terms.to_wire(),
        amount: Some(wire::money(question.amount)),
        order_id: order.map(|order| order.to_string()),
    };
    let answer = match customers.check_credit(request).await {
        Ok(answer) => answer.into_inner(),
        Err(status) if status.code() == Code::NotFound => {
            return Err(Error::unknown("customer_id", &question.customer.to_string()).into());
        }
        Err(_) => return Err(CustomersSilent.into()),
    };
    let mut refusals: Vec<CreditRefusal> =
        answer.refusals.iter().filter_map(|number| CreditRefusal::from_wire(*number)).collect();
    if !answer.allowed && refusals.is_empty() {
        // A refusal of a kind that this version does not know.
        refusals.push(CreditRefusal::Held);
    }
    Ok(CreditAnswer { question, refusals, asked_at: now })
}
