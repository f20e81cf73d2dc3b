//! AssignCustomer: gives a customer to somebody to look after, or to another branch.

use kefu_api_customers::v1::{AssignCustomerRequest, Customer};
use kefu_kernel::{Call, Id, id};
use kefu_store::Target;

use crate::Result;
use crate::domain::ids::CustomerId;
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Call,
    request: AssignCustomerRequest,
) -> Result<Customer> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let person = id::read_optional("specialist_id", request.specialist_id.as_deref())?;
    let branch = id::read_optional("branch_id", request.branch_id.as_deref())?;
    customers.directory.know_person("specialist_id", person).await?;
    customers.directory.know_branch(&call.principal.scope, "branch_id", branch).await?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    customers
        .change(call, target, move |customer, context| customer.assign(context, person, branch))
        .await
}
