//! CloseRecovery: ends a recovery, short with a reason; what is open is written off, at once or after a signature.

use kefu_api_claims::v1::{CloseRecoveryRequest, RecoveryResponse};
use kefu_kernel::{Call, id};
use kefu_store::Work;

use super::encode;
use crate::Result;
use crate::claim::domain::Claim;
use crate::domain::context::Context;
use crate::domain::ids::RecoveryId;
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: CloseRecoveryRequest,
) -> Result<RecoveryResponse> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let seen = seen.with_authority(claims, &call.principal.id).await?;
    let id: RecoveryId = id::read("recovery_id", &request.recovery_id)?;
    let reason = request.short_reason;
    let rule = move |claim: &Claim, context: &Context<'_>, _: &Work<'_>| {
        Ok(claim.close_recovery(context, id, &reason)?)
    };
    let reply = move |claim: &Claim, _: &Work<'_>| encode::recovery_response(claim, Some(id));
    claims.run(call, seen, rule, reply).await
}
