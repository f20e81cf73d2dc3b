//! PrepareSettlement: says to whom what is granted goes, and brings the signed release where one is asked for.

use kefu_api_claims::v1::{Claim, PrepareSettlementRequest};
use kefu_kernel::{Call, id};

use crate::Result;
use crate::claim::domain;
use crate::domain::context::Context;
use crate::domain::ids::{EvidenceId, PayeeId};
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: PrepareSettlementRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let payee: PayeeId = id::read("payee_id", &request.payee_id)?;
    let release = request.release_evidence_id.as_deref();
    let release: Option<EvidenceId> = id::read_optional("release_evidence_id", release)?;
    let rule = move |claim: &domain::Claim, context: &Context<'_>| {
        claim.prepare_settlement(context, payee, release)
    };
    claims.change(call, seen, rule).await
}
