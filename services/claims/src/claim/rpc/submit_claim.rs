//! SubmitClaim: files a draft; its clocks start.

use kefu_api_claims::v1::{Claim, SubmitClaimRequest};
use kefu_kernel::Call;

use crate::Result;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: SubmitClaimRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    claims.change(call, seen, |claim, context| claim.submit(context)).await
}
