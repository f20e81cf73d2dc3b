//! DismissDuplicate: two customers are not one; they are not proposed again.

use kefu_api_customers::v1::{DismissDuplicateRequest, DismissDuplicateResponse};
use kefu_kernel::{Call, Id, id};
use kefu_store::{Needs, Work};

use crate::customer::domain::Customer;
use crate::customer::store::duplicate::{dismissed, pair, pair_id};
use crate::domain::ids::CustomerId;
use crate::service::Customers;
use crate::{Error, Result};

pub async fn run(
    customers: &Customers,
    call: Call,
    request: DismissDuplicateRequest,
) -> Result<DismissDuplicateResponse> {
    let one: CustomerId = id::read("customer_id", &request.customer_id)?;
    let other: CustomerId = id::read("other_customer_id", &request.other_customer_id)?;
    let (customer_id, other_id) = pair(one.uuid(), other.uuid());
    let mut needs = Needs::default();
    needs.load::<Customer>(customer_id);
    needs.load::<Customer>(other_id);
    let decide = move |work: &mut Work<'_>| {
        work.get::<Customer>(one.uuid())?;
        work.get::<Customer>(other.uuid())?;
        let id = work.new_id();
        work.append(&dismissed::Model {
            id,
            pair_id: pair_id(customer_id, other_id),
            customer_id,
            other_id,
            dismissed_by: work.principal().id.clone(),
            dismissed_at: work.now().as_millis(),
        });
        Ok::<_, Error>(DismissDuplicateResponse {})
    };
    Ok(customers.runner.run_with(call, needs, decide).await?.reply)
}
