//! SetLifecycleStage: says how far a customer has come.

use kefu_api_customers::v1::{Customer, SetLifecycleStageRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::Target;

use crate::Result;
use crate::customer::domain::words::Stage;
use crate::domain::ids::CustomerId;
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Call,
    request: SetLifecycleStageRequest,
) -> Result<Customer> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    let stage = Stage::from_wire(request.stage).unwrap_or(Stage::Prospect);
    let reason = request.reason;
    customers
        .change(call, target, move |customer, context| customer.set_stage(context, stage, &reason))
        .await
}
