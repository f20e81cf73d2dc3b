//! AddContactPoint: adds a phone, e-mail address, handle or number.

use kefu_api_customers::v1::{AddContactPointRequest, Customer};
use kefu_kernel::{Call, Id, id};

use super::decode;
use super::verify_contact_point::{Proving, change};
use crate::Result;
use crate::domain::ids::{ContactPointId, CustomerId};
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Call,
    request: AddContactPointRequest,
) -> Result<Customer> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let given = request.contact_point.unwrap_or_default();
    let point = decode::contact("contact_point", given, customers.country)?;
    customers.check_may_verify(point.verified)?;
    let proving =
        Proving { customer: id.uuid(), etag: request.etag, contact: Some(point.contact.key()) };
    change(customers, call, proving, move |customer, context, work| {
        let mut point = point.clone();
        point.id = ContactPointId::from(work.new_id());
        customer.add_contact(context, point)
    })
    .await
}
