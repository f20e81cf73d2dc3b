//! The RPCs of decisions, limits and delegations; each has a file of its name.

mod create_authority_limit;
mod create_delegation;
mod decisions_service;
mod encode;
mod end_authority_limit;
mod explain_authority;
mod list_authority_limits;
mod list_delegations;
mod propose_decision;
mod refuse_decision;
mod revoke_delegation;
mod sign_decision;
mod withdraw_decision;

use kefu_rpc::context;

use crate::service::Claims;

/// Whether the present caller may manage everybody's authority.
fn manages(claims: &Claims) -> bool {
    let call = context::current();
    call.is_some_and(|call| claims.roles.allow(call.caller(), "claims.manage_authority"))
}
