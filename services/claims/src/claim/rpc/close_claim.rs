//! CloseClaim: ends a claim, as it is and with nothing of its money on the way.

use kefu_api_claims::v1::{Claim, CloseClaimRequest};
use kefu_kernel::Call;

use super::decode;
use crate::Result;
use crate::claim::domain;
use crate::domain::context::Context;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: CloseClaimRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let resolution = decode::resolution(request.resolution)?;
    let message = request.message;
    let rule = move |claim: &domain::Claim, context: &Context<'_>| {
        claim.close(context, resolution, message.clone())
    };
    claims.change(call, seen, rule).await
}
