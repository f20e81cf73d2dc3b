//! A page of trusted issuers, newest first.

use kefu_api_gateway::v1::{ListIssuersRequest, ListIssuersResponse};
use kefu_rpc::CallContext;

use super::wire;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::issuer;
use crate::store::list::Asked;

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    asked: ListIssuersRequest,
) -> Result<ListIssuersResponse, Error> {
    let scope = &call.principal().scope;
    let which = Asked { size: asked.page_size, token: &asked.page_token, parent: "" };
    let page = issuer::page(gateway.reader(), &gateway.pages, scope, which).await?;
    Ok(ListIssuersResponse {
        issuers: page.rows.iter().map(wire::issuer).collect(),
        next_page_token: page.next_page_token,
    })
}
