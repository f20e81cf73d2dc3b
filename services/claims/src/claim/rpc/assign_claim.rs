//! AssignClaim: gives a claim to a specialist, or takes it off.

use kefu_api_claims::v1::{AssignClaimRequest, Claim};
use kefu_kernel::{Call, id};

use crate::Result;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: AssignClaimRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let handler = id::read_optional("handler_id", request.handler_id.as_deref())?;
    claims.directory.know_person("handler_id", handler).await?;
    let reason = request.reason;
    claims.change(call, seen, move |claim, context| claim.assign(context, handler, &reason)).await
}
