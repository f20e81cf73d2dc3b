//! WithdrawDecision: takes a decision back that the caller proposed and that waits.

use kefu_api_claims::v1::{Claim, WithdrawDecisionRequest};
use kefu_kernel::{Call, id};

use crate::Result;
use crate::domain::ids::DecisionId;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: WithdrawDecisionRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let decision: DecisionId = id::read("decision_id", &request.decision_id)?;
    claims
        .change(call, seen, move |claim, context| claim.withdraw_decision(context, decision))
        .await
}
