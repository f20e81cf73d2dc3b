//! MakeOffer: offers the claimant an amount. The token of its link is in no stored reply: it follows from the ids.

use kefu_api_claims::v1::{MakeOfferRequest, MakeOfferResponse};
use kefu_api_common::wire;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Call, id};
use kefu_store::Work;

use super::link;
use crate::Result;
use crate::claim::domain::Claim;
use crate::claim::rpc::{decode, encode};
use crate::domain::context::Context;
use crate::domain::ids::{ClaimId, OfferId};
use crate::offer::domain::NewOffer;
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: MakeOfferRequest,
) -> Result<MakeOfferResponse> {
    let seen = Seen::of(&request.claim_id, &request.etag)?.with_shipment(claims).await?;
    let claim_id: ClaimId = id::read("claim_id", &request.claim_id)?;
    let new = NewOffer {
        // Issued when it is decided.
        id: OfferId::from(Uuid::nil()),
        amount: decode::amount(request.amount)?,
        basis: request.basis,
        message: request.message,
        channel: None,
        valid_until: request.valid_until.as_ref().map(wire::instant),
    };
    let rule = move |claim: &Claim, context: &Context<'_>, work: &Work<'_>| {
        let id = OfferId::from(work.new_id());
        Ok(claim.make_offer(context, NewOffer { id, ..new.clone() })?)
    };
    let rules = std::sync::Arc::clone(&claims.rules);
    let reply = move |claim: &Claim, work: &Work<'_>| MakeOfferResponse {
        claim: Some(encode::answered(claim, &work.principal().scope, &[], &rules)),
        offer: claim.open_offer().and_then(|offer| encode::offer_of(claim, offer.id)),
        link_token: String::new(),
    };
    let reply = claims.run(call, seen, rule, reply).await?;
    let made = reply.offer.as_ref().map(|offer| offer.id.as_str()).unwrap_or_default();
    let link_token = link::token(&claims.keys, claim_id, id::read("offer_id", made)?);
    Ok(MakeOfferResponse { link_token, ..reply })
}
