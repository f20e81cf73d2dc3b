//! HoldCredit: gives nothing on credit and takes no cash on delivery for now.

use kefu_api_common::wire;
use kefu_api_customers::v1::{Credit, HoldCreditRequest};
use kefu_kernel::{Call, id};

use super::change;
use crate::Result;
use crate::service::Customers;

pub async fn run(customers: &Customers, call: Call, request: HoldCreditRequest) -> Result<Credit> {
    let customer = id::read("customer_id", &request.customer_id)?;
    let (reason, until) = (request.reason, request.until.as_ref().map(wire::instant));
    change::run(customers, call, customer, &request.etag, move |credit, context| {
        credit.hold(context, reason.clone(), until)
    })
    .await
}
