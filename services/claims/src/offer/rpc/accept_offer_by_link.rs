//! AcceptOfferByLink: the claimant accepts an offer of ours by the link that they were sent. A second time tells the same.

use kefu_api_claims::v1::{AcceptOfferByLinkRequest, AcceptOfferByLinkResponse};
use kefu_api_common::wire;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Call, Money};
use kefu_store::Work;
use kefu_store::runner::NotFound;

use super::accept_offer::maker;
use super::link;
use crate::Result;
use crate::claim::domain::Claim;
use crate::domain::context::Context;
use crate::domain::error::Error as Refused;
use crate::domain::words::{Channel, OfferSide};
use crate::offer::domain::Accepted;
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: AcceptOfferByLinkRequest,
) -> Result<AcceptOfferByLinkResponse> {
    let not_ours = NotFound { kind: "offer", id: Uuid::nil() };
    let (claim, offer) = link::read(&claims.keys, &request.link_token).ok_or(not_ours)?;
    let maker = maker(claims, offer).await?;
    let seen = Seen::by_link(claim)
        .with_authority(claims, &call.principal.id)
        .await?
        .with_person(claims, maker)
        .await?;
    let accepted = Accepted { offer, channel: Some(Channel::Api), by_link: true };
    let rule = move |claim: &Claim, context: &Context<'_>, _: &Work<'_>| {
        let ours = claim.offers.iter().any(|it| it.id == offer && it.side == OfferSide::Company);
        if !ours {
            return Err(Refused::no_such(offer).into());
        }
        Ok(claim.accept_offer(context, accepted)?)
    };
    let reply = move |claim: &Claim, _: &Work<'_>| {
        let amount = claim.offers.iter().find(|it| it.id == offer).map_or(0, |it| it.amount);
        AcceptOfferByLinkResponse {
            claim_number: claim.number,
            amount: Some(wire::money(Money::new(amount, claim.currency))),
            state: claim.state.to_wire(),
        }
    };
    claims.run(call, seen, rule, reply).await
}
