//! AssessClaim: settles who has to answer, up to what, what each line is worth, and sets reserves.

use kefu_api_claims::v1::{AssessClaimRequest, Claim};
use kefu_kernel::Call;

use super::decode;
use crate::Result;
use crate::claim::domain;
use crate::domain::context::Context;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: AssessClaimRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let findings = decode::findings(request)?;
    let seen = seen.with_authority(claims, &call.principal.id).await?;
    let rule =
        move |claim: &domain::Claim, context: &Context<'_>| claim.assess(context, findings.clone());
    claims.change(call, seen, rule).await
}
