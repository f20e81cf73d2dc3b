//! AddClaimEvidence: keeps evidence, by the hashes of its files.

use kefu_api_claims::v1::{AddClaimEvidenceRequest, Claim};
use kefu_kernel::Call;

use super::decode;
use super::reused;
use crate::Result;
use crate::claim::domain;
use crate::domain::context::Context;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: AddClaimEvidenceRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let evidence: Vec<_> = request.evidence.into_iter().map(decode::evidence).collect();
    let reused = reused::found(claims, &call.principal.scope, &evidence).await?;
    let rule = move |claim: &domain::Claim, context: &Context<'_>| {
        claim.add_evidence(context, evidence.clone(), &reused)
    };
    claims.change(call, seen, rule).await
}
