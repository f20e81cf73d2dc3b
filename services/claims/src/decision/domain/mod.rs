//! Decisions, and whose authority they need.
//!
//! A limit is held against everything of its kind that was decided, or waits, over the claim and the others on
//! its shipment ([`shipment`]): splitting an amount passes no limit. What waits is in no account and counts for
//! nothing that may be spent.

pub mod authority;
pub mod delegation;
pub mod explain;
pub mod limit;
pub mod propose;
pub mod shipment;
pub mod sign;

use kefu_kernel::Timestamp;

use crate::domain::ids::{AuthorityId, DecisionId, ExposureId, OfferId, PersonId, RecoveryId};
use crate::domain::words::{DecisionKind, DecisionState, State};

/// What was decided, or waits to be. Amounts are minor units of the claim's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// What it is about.
    pub kind: DecisionKind,
    /// How it stands.
    pub state: DecisionState,
    /// How much: of a settlement, a payment ex gratia and a reserve the whole that then holds; of an expense what is
    /// added; of a write-off what is not asked back. None for a denial or a waiver.
    pub amount: Option<i64>,
    /// How much of it waits; 0: nothing.
    pub pending: i64,
    /// What all decisions of the kind come to with it: what limits are held against.
    pub cumulative: i64,
    /// The exposure, for reserves and expenses.
    pub exposure: Option<ExposureId>,
    /// The recovery that a write-off closes short.
    pub recovery: Option<RecoveryId>,
    /// The offer that it came from.
    pub offer: Option<OfferId>,
    /// The code of the reason.
    pub reason: String,
    /// Why. Personal data.
    pub grounds: String,
    /// Who proposed it: a principal's id.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Timestamp,
    /// The state that the claim goes back to where it is not signed.
    pub state_before: State,
    /// How many signatures it needs; grows where a signer's own limit asks for a second one.
    pub signatures_needed: i32,
    /// Who signed it, in order.
    pub signatures: Vec<Signature>,
    /// Who did not sign it, or took it back: a principal's id; empty: nobody.
    pub ended_by: String,
    /// When it held, was refused or was taken back.
    pub ended_at: Option<Timestamp>,
    /// The code of why it was refused; empty: it was not.
    pub refusal_reason: String,
    /// What has to be otherwise. Personal data.
    pub refusal_note: String,
}

/// A signature under a decision, with the authority as it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Who signed.
    pub signed_by: PersonId,
    /// By whose authority, where by delegation.
    pub on_authority_of: Option<PersonId>,
    /// The limit of authority; none: one that Kefu ships.
    pub authority: Option<AuthorityId>,
    /// Up to how much; none: without end.
    pub limit: Option<i64>,
    /// When.
    pub signed_at: Timestamp,
}

impl Decision {
    /// Whether this person, or the authority of this person, is under it.
    pub fn is_signed_by(&self, person: PersonId) -> bool {
        let by = |s: &Signature| s.signed_by == person || s.on_authority_of == Some(person);
        self.signatures.iter().any(by)
    }
}
