//! RecordEvidenceCustody: records into whose hands, or where, evidence went.

use kefu_api_claims::v1::{Claim, RecordEvidenceCustodyRequest};
use kefu_api_common::wire;
use kefu_kernel::{Call, id};

use crate::Result;
use crate::claim::domain::{self, evidence::Move};
use crate::domain::context::Context;
use crate::domain::ids::EvidenceId;
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: RecordEvidenceCustodyRequest,
) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let id: EvidenceId = id::read("evidence_id", &request.evidence_id)?;
    let at = request.at.as_ref().map(wire::instant);
    let (action, holder) = (request.action, request.holder);
    let (place, note) = (request.place, request.note);
    let moved = Move { action, holder, place, note, at };
    let rule = move |claim: &domain::Claim, context: &Context<'_>| {
        claim.record_custody(context, id, moved.clone())
    };
    claims.change(call, seen, rule).await
}
