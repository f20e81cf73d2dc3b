//! A page of working calendars, by code.

use kefu_api_gateway::v1::{ListCalendarsRequest, ListCalendarsResponse};
use kefu_rpc::CallContext;

use super::wire;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::calendar;
use crate::store::list::Asked;

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    asked: ListCalendarsRequest,
) -> Result<ListCalendarsResponse, Error> {
    let scope = &call.principal().scope;
    let which = Asked { size: asked.page_size, token: &asked.page_token, parent: "" };
    let page = calendar::page(gateway.reader(), &gateway.pages, scope, which).await?;
    Ok(ListCalendarsResponse {
        calendars: page.rows.iter().map(wire::calendar).collect(),
        next_page_token: page.next_page_token,
    })
}
