//! One trusted issuer.

use kefu_api_gateway::v1::{GetIssuerRequest, Issuer};
use kefu_kernel::Id;
use kefu_rpc::CallContext;

use super::wire;
use crate::domain;
use crate::domain::ids::IssuerId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store;

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    asked: GetIssuerRequest,
) -> Result<Issuer, Error> {
    let id: IssuerId = wire::id("issuer_id", &asked.issuer_id)?;
    let scope = &call.principal().scope;
    let found: domain::Issuer = store::get(gateway.reader(), scope, id.uuid()).await?;
    Ok(wire::issuer(&found))
}
