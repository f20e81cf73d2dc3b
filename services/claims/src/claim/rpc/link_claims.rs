//! LinkClaims: says what another claim is to this one, or confirms a suggested link.

use kefu_api_claims::v1::{Claim, LinkClaimsRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::Work;

use super::decode;
use crate::Result;
use crate::claim::domain;
use crate::domain::context::Context;
use crate::domain::ids::ClaimId;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: LinkClaimsRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let other: ClaimId = id::read("other_claim_id", &request.other_claim_id)?;
    let kind = decode::link_kind(request.kind)?;
    let rule = move |claim: &domain::Claim, context: &Context<'_>, work: &Work<'_>| {
        let other = work.get::<domain::Claim>(other.uuid())?;
        Ok(claim.link(context, kind, &other)?)
    };
    claims.change_with(call, seen.with(other), rule).await
}
