//! PutCustomerOnList: puts a customer on the VIP or the block list, with its reason.

use kefu_api_common::wire;
use kefu_api_customers::v1::{Customer, PutCustomerOnListRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::Target;

use crate::Result;
use crate::customer::domain::words::List;
use crate::domain::ids::CustomerId;
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Call,
    request: PutCustomerOnListRequest,
) -> Result<Customer> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    let list = List::from_wire(request.list).unwrap_or(List::Vip);
    let (reason, until) = (request.reason, request.until.as_ref().map(wire::instant));
    customers
        .change(call, target, move |customer, context| {
            customer.put_on_list(context, list, reason.clone(), until)
        })
        .await
}
