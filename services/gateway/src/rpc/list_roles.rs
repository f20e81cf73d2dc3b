//! A page of roles, by code.

use kefu_api_gateway::v1::{ListRolesRequest, ListRolesResponse};
use kefu_rpc::CallContext;

use super::wire;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::list::Asked;
use crate::store::role;

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    asked: ListRolesRequest,
) -> Result<ListRolesResponse, Error> {
    let scope = &call.principal().scope;
    let which = Asked { size: asked.page_size, token: &asked.page_token, parent: "" };
    let page = role::page(gateway.reader(), &gateway.pages, scope, which).await?;
    Ok(ListRolesResponse {
        roles: page.rows.iter().map(wire::role).collect(),
        next_page_token: page.next_page_token,
    })
}
