//! Answering offers, taking them back, and their running out.

use kefu_api_events::v1 as events;

use crate::claim::domain::change::Change;
use crate::claim::domain::{Claim, Decided};
use crate::decision::domain::propose::Draft;
use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::OfferId;
use crate::domain::words::{Channel, DecisionKind, OfferSide, OfferState, State};

use super::Offer;

/// How an offer was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Which.
    pub offer: OfferId,
    /// By which way the claimant said so; none where the company accepts theirs.
    pub channel: Option<Channel>,
    /// Whether the claimant did it themselves by a link: a second time is then no change.
    pub by_link: bool,
}

impl Claim {
    /// Accepts the open offer: ours for the claimant, or theirs for the company. Within the authority of whoever made
    /// (ours) or takes it (theirs) the settlement is decided at once; above, it waits for a signature.
    pub fn accept_offer(&self, context: &Context<'_>, accepted: Accepted) -> Decided {
        let mut change = Change::begin(self, context)?;
        let found = change.claim.offers.iter().find(|offer| offer.id == accepted.offer);
        let offer = found.ok_or(Error::no_such(accepted.offer))?.clone();
        if accepted.by_link && offer.state == OfferState::Accepted {
            return change.done();
        }
        let index = change.open_offer(accepted.offer)?;
        change.check_matter(DecisionKind::Settlement, Some(offer.amount))?;
        let proposer = match offer.side {
            OfferSide::Company => offer.made_by.clone(),
            OfferSide::Claimant => change.actor(),
        };
        change.close_offer(index, OfferState::Accepted, "", accepted.channel);
        let draft = Draft {
            kind: DecisionKind::Settlement,
            amount: Some(offer.amount),
            waiting: offer.amount,
            exposure: None,
            recovery: None,
            offer: Some(offer.id),
            reason: "offer_accepted".to_owned(),
            grounds: String::new(),
        };
        let decision = change.enter(draft, &proposer);
        change.tell(events::ClaimOfferAccepted {
            offer_id: offer.id.to_string(),
            side: events::OfferSide::from(offer.side).into(),
            amount_minor_units: offer.amount,
            channel: accepted.channel.map(events::Channel::from).unwrap_or_default().into(),
            ..Default::default()
        });
        change.tell_entered(decision)?;
        change.done()
    }

    /// Does not accept the open offer, and asks for nothing else.
    pub fn reject_offer(
        &self,
        context: &Context<'_>,
        id: OfferId,
        reason: &str,
        channel: Option<Channel>,
    ) -> Decided {
        let mut change = Change::begin(self, context)?;
        let index = change.open_offer(id)?;
        change.claim.offers[index].channel = channel.or(change.claim.offers[index].channel);
        change.end_offer(index, OfferState::Rejected, reason)?;
        change.done()
    }

    /// Takes the open offer back, for the side that made it.
    pub fn withdraw_offer(&self, context: &Context<'_>, id: OfferId) -> Decided {
        let mut change = Change::begin(self, context)?;
        let index = change.open_offer(id)?;
        change.end_offer(index, OfferState::Withdrawn, "")?;
        change.done()
    }
}

impl Change<'_> {
    /// The open offer with this id, in a claim that negotiates.
    fn open_offer(&self, id: OfferId) -> Result<usize, Error> {
        let found = self.claim.offers.iter().position(|offer| offer.id == id);
        let index = found.ok_or(Error::no_such(id))?;
        match self.claim.offers[index].state {
            OfferState::Open => {
                self.require(&[State::Negotiating])?;
                Ok(index)
            }
            state => Err(Error::OfferNotOpen(state)),
        }
    }

    fn close_offer(
        &mut self,
        index: usize,
        state: OfferState,
        reason: &str,
        channel: Option<Channel>,
    ) {
        let (now, actor) = (self.now, self.actor());
        let offer: &mut Offer = &mut self.claim.offers[index];
        offer.state = state;
        offer.ended_at = Some(now);
        if state != OfferState::Expired {
            offer.ended_by = actor;
        }
        offer.reason = reason.to_owned();
        offer.channel = channel.or(offer.channel);
    }

    /// Ends an offer that was not accepted, and tells so.
    pub fn end_offer(
        &mut self,
        index: usize,
        state: OfferState,
        reason: &str,
    ) -> Result<(), Error> {
        self.close_offer(index, state, reason, None);
        let offer = &self.claim.offers[index];
        let (offer_id, side) = (offer.id.to_string(), events::OfferSide::from(offer.side).into());
        match state {
            OfferState::Rejected => self.tell(events::ClaimOfferRejected {
                offer_id,
                side,
                reason: reason.to_owned(),
                ..Default::default()
            }),
            OfferState::Withdrawn => {
                self.tell(events::ClaimOfferWithdrawn { offer_id, side, ..Default::default() });
            }
            OfferState::Expired => {
                self.tell(events::ClaimOfferExpired { offer_id, side, ..Default::default() });
            }
            state => return Err(Error::OfferNotOpen(state)),
        }
        Ok(())
    }
}
