//! AddExposure: adds a part of the loss with accounts of its own.

use kefu_api_claims::v1::{AddExposureRequest, Claim};
use kefu_kernel::Call;

use super::decode;
use crate::Result;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: AddExposureRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let new = decode::exposure(request.exposure.unwrap_or_default())?;
    claims.change(call, seen, move |claim, context| claim.add_exposure(context, new)).await
}
