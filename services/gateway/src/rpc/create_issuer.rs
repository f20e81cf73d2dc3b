//! Adds a trusted issuer: its tokens are accepted as soon as this returns.

use kefu_api_gateway::v1::{CreateIssuerRequest, Issuer};
use kefu_kernel::{Call, Head};
use kefu_store::Needs;

use super::wire;
use crate::domain;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::keys;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: CreateIssuerRequest,
) -> Result<Issuer, Error> {
    let mut needs = Needs::default();
    needs.key::<domain::Issuer>(keys::ISSUER, &asked.issuer);
    gateway
        .run_rights(call, needs, move |work| {
            let id = work.new_id();
            work.claim(keys::ISSUER, &asked.issuer, id)
                .map_err(|taken| domain::Error::IssuerExists(taken.by.into()))?;
            let issuer = domain::Issuer {
                head: Head::new(id, None, work.now()),
                issuer: asked.issuer.clone(),
                name: asked.name.clone(),
                jwks_url: asked.jwks_url.clone(),
                audiences: asked.audiences.clone(),
                algorithms: wire::algorithms(&asked.algorithms),
                roles_claim: asked.roles_claim.clone(),
                branches_claim: asked.branches_claim.clone(),
                deleted_at: None,
            };
            let (issuer, events) = issuer.create()?;
            Ok(wire::issuer(&work.save(issuer, events)))
        })
        .await
}
