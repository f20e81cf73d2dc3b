//! A page of departments, by code.

use kefu_api_gateway::v1::{ListDepartmentsRequest, ListDepartmentsResponse};
use kefu_rpc::CallContext;

use super::wire;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::department;
use crate::store::list::Asked;

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    asked: ListDepartmentsRequest,
) -> Result<ListDepartmentsResponse, Error> {
    let scope = &call.principal().scope;
    let which = Asked { size: asked.page_size, token: &asked.page_token, parent: "" };
    let page =
        department::page(gateway.reader(), &gateway.pages, scope, &asked.code, which).await?;
    Ok(ListDepartmentsResponse {
        departments: page.rows.iter().map(wire::department).collect(),
        next_page_token: page.next_page_token,
    })
}
