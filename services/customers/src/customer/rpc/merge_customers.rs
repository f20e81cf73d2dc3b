//! MergeCustomers: makes one customer of two; the other becomes a redirect.

use kefu_api_customers::v1::{Customer, MergeCustomersRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::{Needs, Work};

use super::encode;
use crate::customer::domain;
use crate::domain::ids::CustomerId;
use crate::service::Customers;
use crate::{Error, Result};

pub async fn run(
    customers: &Customers,
    call: Call,
    request: MergeCustomersRequest,
) -> Result<Customer> {
    let stays: CustomerId = id::read("customer_id", &request.customer_id)?;
    let goes: CustomerId = id::read("merged_customer_id", &request.merged_customer_id)?;
    let mut needs = Needs::default();
    needs.load::<domain::Customer>(stays.uuid()).etag(&request.etag);
    needs.load::<domain::Customer>(goes.uuid()).etag(&request.merged_etag);
    let (this, reason) = (customers.clone(), request.reason);
    let decide = move |work: &mut Work<'_>| {
        let customer = work.get::<domain::Customer>(stays.uuid())?;
        let other = work.get::<domain::Customer>(goes.uuid())?;
        let [(customer, told), (other, of_other)] =
            customer.merge(&this.context(work), &other, &reason)?;
        work.save(other, of_other);
        let customer = work.save(customer, told);
        Ok::<_, Error>(encode::full(&customer, &this.rules))
    };
    Ok(customers.runner.run_with(call, needs, decide).await?.reply)
}
