//! ReopenClaim: takes an ended claim up again; its next episode begins.

use kefu_api_claims::v1::{Claim, ReopenClaimRequest};
use kefu_kernel::Call;

use crate::Result;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: ReopenClaimRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let reason = request.reason;
    claims.change(call, seen, move |claim, context| claim.reopen(context, &reason)).await
}
