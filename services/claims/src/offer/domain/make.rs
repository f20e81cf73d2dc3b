//! Making offers, and recording what the claimant asks instead.

use std::time::Duration;

use kefu_api_events::v1 as events;
use kefu_api_events::wire;
use kefu_kernel::{Money, Timestamp};

use crate::claim::domain::change::Change;
use crate::claim::domain::{Claim, Decided};
use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::OfferId;
use crate::domain::words::{Channel, ClockKind, DecisionKind, OfferSide, OfferState, State};

use super::Offer;

const DAY: Duration = Duration::from_secs(86_400);
/// For so many days an offer is open at most.
const LONGEST_DAYS: u32 = 180;
/// For so many days a claimant holds to a counter-offer, where they did not say.
const COUNTER_DAYS: u32 = 30;

/// An offer to be made or recorded.
#[derive(Clone, Debug)]
pub struct NewOffer {
    /// Its id, made for it: the link by which it is accepted tells it.
    pub id: OfferId,
    /// How much; above zero.
    pub amount: Money,
    /// On what it rests; empty for a counter-offer.
    pub basis: String,
    /// What is said with it.
    pub message: String,
    /// By which way the claimant told it; none for an offer of the company.
    pub channel: Option<Channel>,
    /// Until when it can be accepted; none, for a counter-offer: 30 days.
    pub valid_until: Option<Timestamp>,
}

impl Claim {
    /// Offers the claimant an amount. An open counter-offer is countered by it.
    pub fn make_offer(&self, context: &Context<'_>, new: NewOffer) -> Decided {
        let mut change = Change::begin_in(self, context, &[State::Assessed, State::Negotiating])?;
        let amount = change.claim.positive("amount", new.amount)?;
        change.check_matter(DecisionKind::Settlement, Some(amount))?;
        change.add_offer(OfferSide::Company, amount, new)?;
        change.done()
    }

    /// Records what the claimant asks instead. The open offer is countered by it.
    pub fn record_counter_offer(&self, context: &Context<'_>, new: NewOffer) -> Decided {
        let mut change = Change::begin_in(self, context, &[State::Assessed, State::Negotiating])?;
        let amount = change.claim.positive("amount", new.amount)?;
        if amount > change.claim.claimed() {
            return Err(Error::AboveClaimed);
        }
        change.add_offer(OfferSide::Claimant, amount, new)?;
        change.done()
    }
}

impl Change<'_> {
    fn add_offer(&mut self, side: OfferSide, amount: i64, new: NewOffer) -> Result<(), Error> {
        let valid_until = new.valid_until.unwrap_or(self.now.plus(DAY * COUNTER_DAYS));
        if valid_until <= self.now || valid_until > self.now.plus(DAY * LONGEST_DAYS) {
            let what = "is later than now, at most 180 days";
            return Err(Error::invalid("valid_until", "out_of_range", what));
        }
        let (now, actor) = (self.now, self.actor());
        let open = self.claim.offers.iter_mut().find(|offer| offer.is_open());
        let counters = match open {
            Some(open) if open.side == side => return Err(Error::OfferOpen(open.id)),
            Some(open) => {
                open.state = OfferState::Countered;
                open.ended_at = Some(now);
                open.ended_by.clone_from(&actor);
                Some(open.id)
            }
            None => None,
        };
        self.claim.offers.push(Offer {
            id: new.id,
            side,
            state: OfferState::Open,
            amount,
            basis: new.basis,
            message: new.message,
            valid_until,
            counters,
            made_by: actor,
            made_at: now,
            channel: new.channel,
            ended_at: None,
            ended_by: String::new(),
            reason: String::new(),
        });
        self.claim.state = State::Negotiating;
        if side == OfferSide::Company {
            self.meet(&[ClockKind::ClaimLegal])?;
            self.report()?;
        }
        self.tell(events::ClaimOfferMade {
            offer_id: new.id.to_string(),
            side: events::OfferSide::from(side).into(),
            amount_minor_units: amount,
            valid_until: Some(wire::timestamp(valid_until)),
            counters_id: counters.map(|id| id.to_string()),
            ..Default::default()
        });
        Ok(())
    }
}
