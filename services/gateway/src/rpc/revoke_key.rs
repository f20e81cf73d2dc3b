//! Ends an API key: it is refused as soon as this returns, and stays so.

use kefu_api_gateway::v1::{Key, RevokeKeyRequest};
use kefu_kernel::{Call, Id};
use kefu_store::Needs;

use super::wire;
use crate::domain;
use crate::domain::ids::KeyId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::administrators::Others;

pub async fn run(gateway: &Gateway, call: Call, asked: RevokeKeyRequest) -> Result<Key, Error> {
    let id: KeyId = wire::id("key_id", &asked.key_id)?;
    let now = gateway.ambient().machine_now();
    let others = Others::than(gateway.reader(), now, id.uuid()).await?;
    let mut needs = Needs::default();
    needs.load::<domain::Key>(id.uuid()).etag(&asked.etag);
    others.need(&mut needs);
    gateway
        .run_rights(call, needs, move |work| {
            let before = work.get::<domain::Key>(id.uuid())?;
            let (after, events) = before.revoke(work.now())?;
            let now = work.ambient().machine_now();
            if before.is_administrator(now) {
                others.remain(work)?;
            }
            Ok(wire::key(&work.save(after, events), now, None))
        })
        .await
}
