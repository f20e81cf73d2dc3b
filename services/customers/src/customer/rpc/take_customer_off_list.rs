//! TakeCustomerOffList: takes a customer off a list.

use kefu_api_customers::v1::{Customer, TakeCustomerOffListRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::Target;

use crate::Result;
use crate::customer::domain::words::List;
use crate::domain::ids::CustomerId;
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Call,
    request: TakeCustomerOffListRequest,
) -> Result<Customer> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    let list = List::from_wire(request.list).unwrap_or(List::Vip);
    customers
        .change(call, target, move |customer, context| customer.take_off_list(context, list))
        .await
}
