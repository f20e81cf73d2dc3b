//! OpenRecovery: asks back what was paid.

use kefu_api_claims::v1::{OpenRecoveryRequest, RecoveryResponse};
use kefu_kernel::{Call, id};
use kefu_store::Work;

use super::encode;
use crate::Result;
use crate::claim::domain::Claim;
use crate::claim::rpc::decode;
use crate::domain::context::Context;
use crate::domain::words::Party;
use crate::ledger::domain::recovery::NewRecovery;
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: OpenRecoveryRequest,
) -> Result<RecoveryResponse> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let against = Party::from_wire(request.against);
    let new = NewRecovery {
        exposure: id::read("exposure_id", &request.exposure_id)?,
        against: decode::known(against, "against", request.against)?,
        against_code: request.against_code,
        amount: decode::amount(request.amount)?,
    };
    let rule = move |claim: &Claim, context: &Context<'_>, _: &Work<'_>| {
        Ok(claim.open_recovery(context, new.clone())?)
    };
    let reply = |claim: &Claim, _: &Work<'_>| {
        encode::recovery_response(claim, claim.recoveries.last().map(|recovery| recovery.id))
    };
    claims.run(call, seen, rule, reply).await
}
