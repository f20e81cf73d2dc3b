//! SignDecision: signs a decision that waits; with the last signature that it needs it holds.

use kefu_api_claims::v1::{Claim, SignDecisionRequest};
use kefu_kernel::{Call, id};

use crate::Result;
use crate::domain::ids::{DecisionId, PersonId};
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: SignDecisionRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let seen = seen.with_authority(claims, &call.principal.id).await?;
    let decision: DecisionId = id::read("decision_id", &request.decision_id)?;
    let of: Option<PersonId> =
        id::read_optional("on_authority_of", request.on_authority_of.as_deref())?;
    claims.change(call, seen, move |claim, context| claim.sign(context, decision, of)).await
}
