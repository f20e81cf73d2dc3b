//! ReleaseCreditHold: lifts a hold.

use kefu_api_customers::v1::{Credit, ReleaseCreditHoldRequest};
use kefu_kernel::{Call, id};

use super::change;
use crate::Result;
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Call,
    request: ReleaseCreditHoldRequest,
) -> Result<Credit> {
    let customer = id::read("customer_id", &request.customer_id)?;
    change::run(customers, call, customer, &request.etag, |credit, _| credit.release()).await
}
