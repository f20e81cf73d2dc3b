//! AcknowledgeClaim: records that the claimant was told that it is in hand.

use kefu_api_claims::v1::{AcknowledgeClaimRequest, Claim};
use kefu_kernel::Call;

use super::decode;
use crate::Result;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: AcknowledgeClaimRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let channel = decode::channel(request.channel);
    claims.change(call, seen, move |claim, context| claim.acknowledge(context, channel)).await
}
