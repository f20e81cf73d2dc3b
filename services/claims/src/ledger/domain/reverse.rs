//! Putting a mistake right: the entries of a posting turned round.

use crate::claim::domain::change::Change;
use crate::claim::domain::{Claim, Decided};
use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::PostingId;
use crate::domain::words::{DecisionKind, PostingKind};

use super::Posting;

impl Claim {
    /// Reverses a posting of a reserve, a recovery or a salvage. Payments have verbs of their own.
    pub fn reverse_posting(&self, context: &Context<'_>, id: PostingId, reason: &str) -> Decided {
        let mut change = Change::begin_open(self, context)?;
        let found = change.claim.ledger.postings.iter().position(|posting| posting.id == id);
        let index = found.ok_or(Error::no_such(id))?;
        let posting = change.claim.ledger.postings[index].clone();
        if posting.reversed_by.is_some() || posting.kind == PostingKind::Reversal {
            return Err(Error::PostingReversed);
        }
        change.check_reversible(&posting)?;
        change.undo_in_recovery(&posting, reason)?;
        change.post_reversal(index, reason)?;
        change.done()
    }
}

impl Change<'_> {
    fn check_reversible(&self, posting: &Posting) -> Result<(), Error> {
        let figures = self.claim.ledger.figures(posting.exposure);
        match posting.kind {
            PostingKind::ReserveRaised if figures.reserved < posting.amount() => {
                Err(Error::ReserveBelowUsed)
            }
            // What is set aside again needs the same authority as if it were set aside for the first time.
            PostingKind::ReserveLowered => {
                let waits = self.claim.pending_of(DecisionKind::Reserve, Some(posting.exposure));
                if let Some(waiting) = waits {
                    return Err(Error::DecisionPending(waiting.id));
                }
                let target = figures.target() + posting.amount();
                let alone = self.reserve_alone(posting.exposure);
                let currency = self.claim.currency.code();
                let (limit, cumulative) = (Some(alone), target);
                if target <= alone {
                    return Ok(());
                }
                Err(Error::AuthorityExceeded { limit, cumulative, currency })
            }
            PostingKind::PaymentOrdered
            | PostingKind::PaymentConfirmed
            | PostingKind::PaymentReleased
            | PostingKind::PaymentReturned => {
                Err(Error::PostingNotReversible("payments have verbs of their own"))
            }
            _ => Ok(()),
        }
    }
}
