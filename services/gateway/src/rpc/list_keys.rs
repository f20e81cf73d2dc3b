//! A page of API keys, newest first.

use kefu_api_gateway::v1::{ListKeysRequest, ListKeysResponse};
use kefu_kernel::id::Uuid;
use kefu_rpc::CallContext;

use super::wire;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::key;
use crate::store::list::Asked;

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    asked: ListKeysRequest,
) -> Result<ListKeysResponse, Error> {
    let (scope, now) = (&call.principal().scope, gateway.ambient().machine_now());
    let which = Asked { size: asked.page_size, token: &asked.page_token, parent: "" };
    let of = (asked.show_revoked, now);
    let page = key::page(gateway.reader(), &gateway.pages, scope, of, which).await?;
    let ids: Vec<Uuid> = page.rows.iter().map(|key| key.head.id).collect();
    let used = key::last_used(gateway.reader(), &ids).await?;
    let shown = page.rows.iter().map(|key| wire::key(key, now, used.get(&key.head.id).copied()));
    Ok(ListKeysResponse { keys: shown.collect(), next_page_token: page.next_page_token })
}
