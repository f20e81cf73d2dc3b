//! SetArrears: takes over from accounting what a customer owes beyond its time.

use kefu_api_common::wire;
use kefu_api_customers::v1::{Credit, SetArrearsRequest};
use kefu_kernel::{Call, id};

use super::change;
use crate::Result;
use crate::credit::domain::Arrears;
use crate::service::Customers;

pub async fn run(customers: &Customers, call: Call, request: SetArrearsRequest) -> Result<Credit> {
    let customer = id::read("customer_id", &request.customer_id)?;
    let mut arrears = Vec::new();
    for one in request.arrears {
        arrears.push(Arrears {
            region: one.region,
            amount: wire::amount(&one.amount.unwrap_or_default())?,
            due_since: one.due_since.as_ref().map(wire::instant).unwrap_or_default(),
        });
    }
    change::run(customers, call, customer, &request.etag, move |credit, context| {
        credit.set_arrears(context, arrears.clone())
    })
    .await
}
