//! One branch.

use kefu_api_gateway::v1::{Branch, GetBranchRequest};
use kefu_kernel::Id;
use kefu_rpc::CallContext;

use super::wire;
use crate::domain;
use crate::domain::ids::BranchId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store;

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    asked: GetBranchRequest,
) -> Result<Branch, Error> {
    let id: BranchId = wire::id("branch_id", &asked.branch_id)?;
    let scope = &call.principal().scope;
    let found: domain::Branch = store::get(gateway.reader(), scope, id.uuid()).await?;
    Ok(wire::branch(&found))
}
