//! One API key, without its secrets.

use kefu_api_gateway::v1::{GetKeyRequest, Key};
use kefu_kernel::Id;
use kefu_rpc::CallContext;

use super::wire;
use crate::domain;
use crate::domain::ids::KeyId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store;

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    asked: GetKeyRequest,
) -> Result<Key, Error> {
    let id: KeyId = wire::id("key_id", &asked.key_id)?;
    let scope = &call.principal().scope;
    let key: domain::Key = store::get(gateway.reader(), scope, id.uuid()).await?;
    let used = store::key::last_used(gateway.reader(), &[id.uuid()]).await?;
    let now = gateway.ambient().machine_now();
    Ok(wire::key(&key, now, used.get(&id.uuid()).copied()))
}
