//! Trusts an issuer no longer: its tokens are refused as soon as this returns.

use kefu_api_gateway::v1::{DeleteIssuerRequest, Issuer};
use kefu_kernel::{Call, Id};
use kefu_store::Needs;

use super::wire;
use crate::domain;
use crate::domain::ids::IssuerId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store;
use crate::store::administrators::Others;
use crate::store::keys;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: DeleteIssuerRequest,
) -> Result<Issuer, Error> {
    let id: IssuerId = wire::id("issuer_id", &asked.issuer_id)?;
    let now = gateway.ambient().machine_now();
    let others = Others::without(gateway.reader(), now, id).await?;
    // A repeat finds it gone, and is answered from the first by the runner.
    let known = store::get::<domain::Issuer>(gateway.reader(), &call.principal.scope, id.uuid());
    let name = known.await.map(|issuer| issuer.issuer).ok();
    let mut needs = Needs::default();
    needs.load::<domain::Issuer>(id.uuid()).etag(&asked.etag);
    if let Some(name) = &name {
        needs.key::<domain::Issuer>(keys::ISSUER, name);
    }
    others.need(&mut needs);
    gateway
        .run_rights(call, needs, move |work| {
            let before = work.get::<domain::Issuer>(id.uuid())?;
            others.remain(work)?;
            let (after, events) = before.delete(work.now());
            if let Some(name) = &name {
                work.release(keys::ISSUER, name, id.uuid());
            }
            Ok(wire::issuer(&work.save(after, events)))
        })
        .await
}
