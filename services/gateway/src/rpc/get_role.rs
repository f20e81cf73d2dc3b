//! One role.

use kefu_api_gateway::v1::{GetRoleRequest, Role};
use kefu_kernel::Id;
use kefu_rpc::CallContext;

use super::wire;
use crate::domain;
use crate::domain::ids::RoleId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store;

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    asked: GetRoleRequest,
) -> Result<Role, Error> {
    let id: RoleId = wire::id("role_id", &asked.role_id)?;
    let scope = &call.principal().scope;
    let found: domain::Role = store::get(gateway.reader(), scope, id.uuid()).await?;
    Ok(wire::role(&found))
}
