//! AcceptOffer: accepts the open offer, ours for the claimant or theirs for the company.

use kefu_api_claims::v1::{AcceptOfferRequest, Claim};
use kefu_kernel::{Call, Id, id};
use sea_orm::EntityTrait;

use crate::Result;
use crate::domain::context::person;
use crate::domain::ids::{OfferId, PersonId};
use crate::domain::words::Channel;
use crate::offer::domain::Accepted;
use crate::offer::store as table;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: AcceptOfferRequest) -> Result<Claim> {
    let offer: OfferId = id::read("offer_id", &request.offer_id)?;
    let maker = maker(claims, offer).await?;
    let seen = Seen::of(&request.claim_id, &request.etag)?
        .with_authority(claims, &call.principal.id)
        .await?;
    let seen = seen.with_person(claims, maker).await?;
    let accepted = Accepted { offer, channel: Channel::from_wire(request.channel), by_link: false };
    claims.change(call, seen, move |claim, context| claim.accept_offer(context, accepted)).await
}

/// Who made an offer, where a person did: it never changes.
pub async fn maker(claims: &Claims, offer: OfferId) -> Result<Option<PersonId>> {
    let row = table::Entity::find_by_id(offer.uuid()).one(claims.store.reader()).await?;
    Ok(row.and_then(|row| person(&row.made_by)))
}
