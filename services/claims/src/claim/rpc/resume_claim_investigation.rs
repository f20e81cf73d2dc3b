//! ResumeClaimInvestigation: goes on although not everything came.

use kefu_api_claims::v1::{Claim, ResumeClaimInvestigationRequest};
use kefu_kernel::Call;

use crate::Result;
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: ResumeClaimInvestigationRequest,
) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    claims.change(call, seen, |claim, context| claim.resume_investigation(context)).await
}
