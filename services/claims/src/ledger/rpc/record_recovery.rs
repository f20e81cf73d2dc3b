//! RecordRecovery: records what came in. The same reference posts once, over all claims.

use kefu_api_claims::v1::{RecordRecoveryRequest, RecoveryResponse};
use kefu_api_common::wire;
use kefu_kernel::{Call, id};
use kefu_store::Work;

use super::{decode, encode};
use crate::Result;
use crate::claim::domain::Claim;
use crate::claim::rpc::decode as of_claims;
use crate::domain::context::Context;
use crate::domain::error::Error as Refused;
use crate::domain::ids::RecoveryId;
use crate::ledger::domain::recovery::{Incoming, Received};
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: RecordRecoveryRequest,
) -> Result<RecoveryResponse> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let seen = seen.with_reference(&request.source, &request.external_id)?;
    let recovery: Option<RecoveryId> =
        id::read_optional("recovery_id", request.recovery_id.as_deref())?;
    let exposure = id::read_optional("exposure_id", request.exposure_id.as_deref())?;
    let from = match (request.salvage, recovery, exposure) {
        (false, Some(recovery), _) => Incoming::Recovery(recovery),
        (true, None, Some(exposure)) => Incoming::Salvage(exposure),
        (false, None, _) => return Err(required("recovery_id", "without salvage")),
        (true, Some(_), _) => return Err(required("exposure_id", "with salvage, alone")),
        (true, None, None) => return Err(required("exposure_id", "with salvage")),
    };
    let received = Received {
        from,
        amount: of_claims::amount(request.amount)?,
        source: request.source,
        external_id: request.external_id,
        received_at: request.received_at.as_ref().map(wire::instant),
        conversion: decode::conversion(request.conversion)?,
    };
    let rule = move |claim: &Claim, context: &Context<'_>, _: &Work<'_>| {
        Ok(claim.record_recovery(context, received.clone())?)
    };
    let reply = move |claim: &Claim, _: &Work<'_>| encode::recovery_response(claim, recovery);
    claims.run(call, seen, rule, reply).await
}

fn required(field: &str, when: &str) -> crate::Error {
    Refused::invalid(field, "required", format!("is needed {when}")).into()
}
