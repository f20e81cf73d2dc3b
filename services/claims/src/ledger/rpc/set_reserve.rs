//! SetReserve: sets aside how much an exposure may cost; what is above the caller's authority waits.

use kefu_api_claims::v1::{Claim, SetReserveRequest};
use kefu_kernel::{Call, id};

use crate::Result;
use crate::claim::domain;
use crate::claim::rpc::decode;
use crate::domain::context::Context;
use crate::domain::ids::ExposureId;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: SetReserveRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let seen = seen.with_authority(claims, &call.principal.id).await?;
    let exposure: ExposureId = id::read("exposure_id", &request.exposure_id)?;
    let (amount, reason) = (decode::amount(request.amount)?, request.reason);
    let rule = move |claim: &domain::Claim, context: &Context<'_>| {
        claim.set_reserve(context, exposure, amount, &reason)
    };
    claims.change(call, seen, rule).await
}
