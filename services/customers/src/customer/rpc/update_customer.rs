//! UpdateCustomer: changes fields; conflicts only where one of them changed since the caller's etag.

use std::collections::BTreeMap;

use kefu_api_common::{Update, field};
use kefu_api_customers::v1::{Customer, UpdateCustomerRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::{Target, Work};

use super::{decode, encode};
use crate::customer::domain::{self, PatchFields};
use crate::domain::ids::CustomerId;
use crate::service::Customers;
use crate::{Error, Result};

pub async fn run(
    customers: &Customers,
    call: Call,
    request: UpdateCustomerRequest,
) -> Result<Customer> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let paths = request.paths();
    let mut given = request.customer.unwrap_or_default();
    let named: BTreeMap<_, _> = paths
        .keys("fields")
        .map(|code| (code.to_owned(), given.fields.remove(code).and_then(field::read)))
        .collect();
    let mut patch = decode::patch("customer", given, |field| paths.has(field))?;
    if !paths.has("fields") && !named.is_empty() {
        patch.fields = PatchFields::Set(named);
    }
    let target = Target::of(id.uuid()).etag_for(&request.etag, paths.iter());
    let this = customers.clone();
    let decide = move |customer: &domain::Customer, work: &mut Work<'_>| {
        let mut patch = patch.clone();
        decode::name_addresses(work, patch.addresses.as_deref_mut().unwrap_or_default());
        Ok::<_, Error>(customer.update(&this.context(work), patch)?)
    };
    let rules = customers.rules.clone();
    let answer = move |customer: &domain::Customer| encode::full(customer, &rules);
    Ok(customers.runner.change(call, target, decide, answer).await?.reply)
}
