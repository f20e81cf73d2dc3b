//! RequestClaimDocuments: asks the claimant for items of the checklist.

use kefu_api_claims::v1::{Claim, RequestClaimDocumentsRequest};
use kefu_api_common::wire;
use kefu_kernel::Call;

use crate::Result;
use crate::claim::domain;
use crate::domain::context::Context;
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: RequestClaimDocumentsRequest,
) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let wanted_by = request.wanted_by.as_ref().map(wire::instant).unwrap_or_default();
    let (items, message) = (request.items, request.message);
    let rule = move |claim: &domain::Claim, context: &Context<'_>| {
        claim.request_documents(context, &items, wanted_by, message.clone())
    };
    claims.change(call, seen, rule).await
}
