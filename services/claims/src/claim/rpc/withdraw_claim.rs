//! WithdrawClaim: ends a claim that the claimant gives up.

use kefu_api_claims::v1::{Claim, WithdrawClaimRequest};
use kefu_kernel::Call;

use crate::Result;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: WithdrawClaimRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let reason = request.reason;
    claims.change(call, seen, move |claim, context| claim.withdraw(context, &reason)).await
}
