//! WithdrawOffer: takes the open offer back, for the side that made it.

use kefu_api_claims::v1::{Claim, WithdrawOfferRequest};
use kefu_kernel::{Call, id};

use crate::Result;
use crate::domain::ids::OfferId;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: WithdrawOfferRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let offer: OfferId = id::read("offer_id", &request.offer_id)?;
    claims.change(call, seen, move |claim, context| claim.withdraw_offer(context, offer)).await
}
