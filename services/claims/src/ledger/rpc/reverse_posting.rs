//! ReversePosting: puts a mistake right: posts the entries of a posting turned round.

use kefu_api_claims::v1::{ClaimBalances, ReversePostingRequest};
use kefu_kernel::{Call, id};
use kefu_store::Work;

use super::encode;
use crate::Result;
use crate::claim::domain::Claim;
use crate::domain::context::Context;
use crate::domain::ids::PostingId;
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: ReversePostingRequest,
) -> Result<ClaimBalances> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let seen = seen.with_authority(claims, &call.principal.id).await?;
    let posting: PostingId = id::read("posting_id", &request.posting_id)?;
    let reason = request.reason;
    let rule = move |claim: &Claim, context: &Context<'_>, _: &Work<'_>| {
        Ok(claim.reverse_posting(context, posting, &reason)?)
    };
    claims.run(call, seen, rule, |claim: &Claim, _: &Work<'_>| encode::balances(claim)).await
}
