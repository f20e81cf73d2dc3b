//! Who the caller is here. For everybody.

use kefu_api_gateway::v1::{PrincipalKind, WhoAmIRequest, WhoAmIResponse};
use kefu_kernel::{self as kernel, Id, Scope};
use kefu_rpc::CallContext;

use crate::domain::ids::{BranchId, KeyId, PersonId};
use crate::domain::{Key, Person};
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store;

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    _: WhoAmIRequest,
) -> Result<WhoAmIResponse, Error> {
    let principal = call.principal();
    let kind = match principal.kind {
        kernel::PrincipalKind::Person => PrincipalKind::Person,
        kernel::PrincipalKind::Key => PrincipalKind::Key,
        kernel::PrincipalKind::Service => PrincipalKind::Service,
        kernel::PrincipalKind::Public => PrincipalKind::Public,
    };
    let (branch_ids, all_branches) = match &principal.scope {
        Scope::All => (Vec::new(), true),
        Scope::Branches(own) => {
            (own.iter().map(|id| BranchId::from(*id).to_string()).collect(), false)
        }
    };
    Ok(WhoAmIResponse {
        kind: kind.into(),
        principal_id: principal.id.clone(),
        name: name(gateway, &principal.id).await?,
        roles: principal.roles.iter().cloned().collect(),
        permissions: gateway.held_by(call).into_iter().collect(),
        branch_ids,
        all_branches,
        on_behalf_of: principal.on_behalf_of.clone(),
    })
}

/// The name of a person or key; empty for others. Everybody may know their own.
async fn name(gateway: &Gateway, id: &str) -> Result<String, Error> {
    let reader = gateway.reader();
    if let Ok(id) = id.parse::<PersonId>() {
        return Ok(store::get::<Person>(reader, &Scope::All, id.uuid()).await?.name);
    }
    match id.parse::<KeyId>() {
        Ok(id) => Ok(store::get::<Key>(reader, &Scope::All, id.uuid()).await?.name),
        Err(_) => Ok(String::new()),
    }
}
