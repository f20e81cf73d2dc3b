//! Offers: what each side would settle a claim for. At most one of a claim is open; each has an end.

mod answer;
mod make;

use kefu_kernel::Timestamp;

use crate::domain::ids::OfferId;
use crate::domain::words::{Channel, OfferSide, OfferState};

pub use self::answer::Accepted;
pub use self::make::NewOffer;

/// What one side would settle a claim for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its id.
    pub id: OfferId,
    /// Whose it is.
    pub side: OfferSide,
    /// How it stands.
    pub state: OfferState,
    /// How much, in minor units of the claim's currency.
    pub amount: i64,
    /// On what it rests. A code; empty for a counter-offer.
    pub basis: String,
    /// What was said with it. Personal data.
    pub message: String,
    /// Until when it can be accepted.
    pub valid_until: Timestamp,
    /// The offer that it counters.
    pub counters: Option<OfferId>,
    /// Who made or recorded it: a principal's id.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// By which way the claimant made or answered it.
    pub channel: Option<Channel>,
    /// When it was answered, taken back or ran out.
    pub ended_at: Option<Timestamp>,
    /// Who answered it or took it back: a principal's id; empty: nobody.
    pub ended_by: String,
    /// The code of why it was not accepted; empty: none given.
    pub reason: String,
}

impl Offer {
    /// Whether it can be accepted, as long as its time is not over.
    pub fn is_open(&self) -> bool {
        self.state == OfferState::Open
    }
}
