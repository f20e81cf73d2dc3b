//! WithdrawEvidence: lets evidence count no more; it stays to be seen.

use kefu_api_claims::v1::{Claim, WithdrawEvidenceRequest};
use kefu_kernel::{Call, id};

use crate::Result;
use crate::claim::domain;
use crate::domain::context::Context;
use crate::domain::ids::EvidenceId;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: WithdrawEvidenceRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let id: EvidenceId = id::read("evidence_id", &request.evidence_id)?;
    let reason = request.reason;
    let rule = move |claim: &domain::Claim, context: &Context<'_>| {
        claim.withdraw_evidence(context, id, &reason)
    };
    claims.change(call, seen, rule).await
}
