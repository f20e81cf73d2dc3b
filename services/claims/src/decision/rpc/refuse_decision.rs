//! RefuseDecision: does not sign a decision: the claim is where it was before it.

use kefu_api_claims::v1::{Claim, RefuseDecisionRequest};
use kefu_kernel::{Call, id};

use crate::Result;
use crate::claim::domain;
use crate::domain::context::Context;
use crate::domain::ids::DecisionId;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: RefuseDecisionRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let decision: DecisionId = id::read("decision_id", &request.decision_id)?;
    let (reason, note) = (request.reason, request.note);
    let rule = move |claim: &domain::Claim, context: &Context<'_>| {
        claim.refuse(context, decision, &reason, note.clone())
    };
    claims.change(call, seen, rule).await
}
