//! Changes fields of a trusted issuer.

use kefu_api_common::Update;
use kefu_api_gateway::v1::{Issuer, UpdateIssuerRequest};
use kefu_kernel::{Call, Id};
use kefu_store::Needs;

use super::wire;
use crate::domain;
use crate::domain::ids::IssuerId;
use crate::domain::issuer::IssuerPatch;
use crate::error::Error;
use crate::gateway::Gateway;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: UpdateIssuerRequest,
) -> Result<Issuer, Error> {
    let id: IssuerId = wire::id("issuer_id", &asked.issuer_id)?;
    let (paths, new) = (asked.paths(), asked.issuer.unwrap_or_default());
    let patch = IssuerPatch {
        name: paths.has("name").then_some(new.name),
        jwks_url: paths.has("jwks_url").then_some(new.jwks_url),
        audiences: paths.has("audiences").then_some(new.audiences),
        algorithms: paths.has("algorithms").then(|| wire::algorithms(&new.algorithms)),
        roles_claim: paths.has("roles_claim").then_some(new.roles_claim),
        branches_claim: paths.has("branches_claim").then_some(new.branches_claim),
    };
    let mut needs = Needs::default();
    needs.load::<domain::Issuer>(id.uuid()).etag_for(&asked.etag, paths.iter());
    gateway
        .run_rights(call, needs, move |work| {
            let before = work.get::<domain::Issuer>(id.uuid())?;
            let (after, events) = before.update(patch.clone())?;
            Ok(wire::issuer(&work.save(after, events)))
        })
        .await
}
