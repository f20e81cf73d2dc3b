//! One department.

use kefu_api_gateway::v1::{Department, GetDepartmentRequest};
use kefu_kernel::Id;
use kefu_rpc::CallContext;

use super::wire;
use crate::domain;
use crate::domain::ids::DepartmentId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store;

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    asked: GetDepartmentRequest,
) -> Result<Department, Error> {
    let id: DepartmentId = wire::id("department_id", &asked.department_id)?;
    let scope = &call.principal().scope;
    let found: domain::Department = store::get(gateway.reader(), scope, id.uuid()).await?;
    Ok(wire::department(&found))
}
