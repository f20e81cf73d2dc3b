//! HandOverOrder: hands a confirmed order over to sales and to the distribution centre.

use kefu_api_orders::v1::{HandOverOrderRequest, Order};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::Target;

use crate::Result;
use crate::domain::ids::{DepartmentId, OrderId, PersonId};
use crate::service::Orders;

pub async fn run(orders: &Orders, call: Call, request: HandOverOrderRequest) -> Result<Order> {
    let id: OrderId = id::read("order_id", &request.order_id)?;
    let salesperson: PersonId = id::read("salesperson_id", &request.salesperson_id)?;
    let department: DepartmentId = id::read("department_id", &request.department_id)?;
    orders.directory.know_person("salesperson_id", Some(salesperson)).await?;
    orders.directory.know_department("department_id", Some(department)).await?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    orders
        .change(call, target, move |order, context| {
            order.hand_over(context, salesperson, department)
        })
        .await
}
