//! UnlinkClaims: takes a link away, as it was made or suggested.

use kefu_api_claims::v1::{Claim, UnlinkClaimsRequest};
use kefu_kernel::{Call, id};

use super::decode;
use crate::Result;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: UnlinkClaimsRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let other = id::read("other_claim_id", &request.other_claim_id)?;
    let kind = decode::link_kind(request.kind)?;
    claims.change(call, seen, move |claim, context| claim.unlink(context, kind, other)).await
}
