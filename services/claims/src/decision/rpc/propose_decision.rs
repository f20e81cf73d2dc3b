//! ProposeDecision: decided at once within the caller's own authority, else it waits for a signature.

use kefu_api_claims::v1::{Claim, ProposeDecisionRequest};
use kefu_kernel::{Call, id};

use crate::Result;
use crate::claim::domain;
use crate::claim::rpc::decode;
use crate::decision::domain::propose::Proposal;
use crate::domain::context::Context;
use crate::domain::words::DecisionKind;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: ProposeDecisionRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let seen = seen.with_authority(claims, &call.principal.id).await?;
    let kind = DecisionKind::from_wire(request.kind);
    let proposal = Proposal {
        kind: decode::known(kind, "kind", request.kind)?,
        amount: decode::optional(request.amount.as_ref())?,
        exposure: id::read_optional("exposure_id", request.exposure_id.as_deref())?,
        reason: request.reason,
        grounds: request.grounds,
    };
    let rule = move |claim: &domain::Claim, context: &Context<'_>| {
        claim.propose(context, proposal.clone())
    };
    claims.change(call, seen, rule).await
}
