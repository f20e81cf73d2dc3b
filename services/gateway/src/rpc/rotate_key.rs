//! Gives an API key a second secret and shows it, once.

use kefu_api_common::wire::span;
use kefu_api_gateway::v1::{RotateKeyRequest, RotateKeyResponse};
use kefu_kernel::{Call, Id};
use kefu_rpc::keys::ApiKey;
use kefu_store::Needs;

use super::{secret, wire};
use crate::domain;
use crate::domain::ids::KeyId;
use crate::domain::key::OVERLAP;
use crate::error::Error;
use crate::gateway::Gateway;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: RotateKeyRequest,
) -> Result<RotateKeyResponse, Error> {
    let id: KeyId = wire::id("key_id", &asked.key_id)?;
    let overlap = asked.overlap.as_ref().map_or(OVERLAP, span);
    let mut needs = Needs::default();
    needs.load::<domain::Key>(id.uuid()).etag(&asked.etag);
    let (peppers, keys) = (gateway.access.peppers(), gateway.keys.clone());
    let reply = gateway
        .run_rights(call, needs, move |work| {
            let before = work.get::<domain::Key>(id.uuid())?;
            let text = ApiKey::generate(id.uuid(), work.ambient());
            let now = work.ambient().machine_now();
            let (after, events) = before.rotate(peppers.hash(&text), overlap, work.now(), now)?;
            let key = wire::key(&work.save(after, events), now, None);
            Ok(RotateKeyResponse { key: Some(key), secret: secret::seal(&keys, &text) })
        })
        .await?;
    let secret = secret::open(&gateway.keys, reply.key.as_ref(), &reply.secret)?;
    Ok(RotateKeyResponse { secret, ..reply })
}
