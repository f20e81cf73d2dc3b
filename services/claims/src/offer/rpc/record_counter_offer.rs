//! RecordCounterOffer: records what the claimant asks instead.

use kefu_api_claims::v1::{Claim, RecordCounterOfferRequest};
use kefu_api_common::wire;
use kefu_kernel::Call;
use kefu_kernel::id::Uuid;
use kefu_store::Work;

use crate::Result;
use crate::claim::domain;
use crate::claim::rpc::decode;
use crate::domain::context::Context;
use crate::domain::ids::OfferId;
use crate::offer::domain::NewOffer;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: RecordCounterOfferRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let new = NewOffer {
        // Issued when it is decided.
        id: OfferId::from(Uuid::nil()),
        amount: decode::amount(request.amount)?,
        basis: String::new(),
        message: request.message,
        channel: Some(decode::channel(request.channel)),
        valid_until: request.valid_until.as_ref().map(wire::instant),
    };
    let rule = move |claim: &domain::Claim, context: &Context<'_>, work: &Work<'_>| {
        let id = OfferId::from(work.new_id());
        Ok(claim.record_counter_offer(context, NewOffer { id, ..new.clone() })?)
    };
    claims.change_with(call, seen, rule).await
}
