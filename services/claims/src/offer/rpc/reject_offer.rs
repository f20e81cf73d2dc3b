//! RejectOffer: does not accept the open offer, and asks for nothing else.

use kefu_api_claims::v1::{Claim, RejectOfferRequest};
use kefu_kernel::{Call, id};

use crate::Result;
use crate::claim::domain;
use crate::domain::context::Context;
use crate::domain::ids::OfferId;
use crate::domain::words::Channel;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: RejectOfferRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let offer: OfferId = id::read("offer_id", &request.offer_id)?;
    let (reason, channel) = (request.reason, Channel::from_wire(request.channel));
    let rule = move |claim: &domain::Claim, context: &Context<'_>| {
        claim.reject_offer(context, offer, &reason, channel)
    };
    claims.change(call, seen, rule).await
}
