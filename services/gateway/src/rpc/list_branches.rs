//! A page of branches, by code.

use kefu_api_gateway::v1::{ListBranchesRequest, ListBranchesResponse};
use kefu_rpc::CallContext;

use super::wire;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::branch;
use crate::store::list::Asked;

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    asked: ListBranchesRequest,
) -> Result<ListBranchesResponse, Error> {
    let scope = &call.principal().scope;
    let which = Asked { size: asked.page_size, token: &asked.page_token, parent: "" };
    let page = branch::page(gateway.reader(), &gateway.pages, scope, which).await?;
    Ok(ListBranchesResponse {
        branches: page.rows.iter().map(wire::branch).collect(),
        next_page_token: page.next_page_token,
    })
}
