//! AppealClaim: the claimant does not accept the decision; another specialist looks at it.

use kefu_api_claims::v1::{AppealClaimRequest, Claim};
use kefu_kernel::{Call, id};

use crate::Result;
use crate::claim::domain;
use crate::domain::context::Context;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: AppealClaimRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let handler = id::read("handler_id", &request.handler_id)?;
    claims.directory.know_person("handler_id", Some(handler)).await?;
    let (reason, statement) = (request.reason, request.statement);
    let rule = move |claim: &domain::Claim, context: &Context<'_>| {
        claim.appeal(context, handler, &reason, statement.clone())
    };
    claims.change(call, seen, rule).await
}
