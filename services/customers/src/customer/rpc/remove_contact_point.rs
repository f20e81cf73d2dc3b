//! RemoveContactPoint: takes a contact point away.

use kefu_api_customers::v1::{Customer, RemoveContactPointRequest};
use kefu_kernel::{Call, Id, id};

use super::verify_contact_point::{Proving, change, kept};
use crate::Result;
use crate::domain::ids::{ContactPointId, CustomerId};
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Call,
    request: RemoveContactPointRequest,
) -> Result<Customer> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let point: ContactPointId = id::read("contact_point_id", &request.contact_point_id)?;
    let contact = kept(customers, point).await?;
    let proving = Proving { customer: id.uuid(), etag: request.etag, contact };
    change(customers, call, proving, move |customer, context, _| {
        customer.remove_contact(context, point)
    })
    .await
}
