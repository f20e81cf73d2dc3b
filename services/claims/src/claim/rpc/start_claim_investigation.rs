//! StartClaimInvestigation: takes an acknowledged, appealed or reopened claim up.

use kefu_api_claims::v1::{Claim, StartClaimInvestigationRequest};
use kefu_kernel::Call;

use crate::Result;
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: StartClaimInvestigationRequest,
) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    claims.change(call, seen, |claim, context| claim.start_investigation(context)).await
}
