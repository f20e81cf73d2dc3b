//! Making one customer of two, and taking that back.
//!
//! The other becomes a redirect and keeps everything it has; whatever asks for it gets the one that stays.
//! Nothing moves between them, so that undoing leaves both as they were. Only what is no redirect is merged,
//! and only into what is none: so redirects never make a circle.

use kefu_api_events::v1 as events;
use kefu_kernel::NewEvent;

use super::change::Change;
use super::{Context, Customer, Error};

/// What becomes of two customers, each with the events that tell of it.
pub type Both = Result<[(Customer, Vec<NewEvent>); 2], Error>;

impl Customer {
    /// Makes one customer of this one, which stays, and another. Answers both, this one first.
    ///
    /// # Errors
    ///
    /// [`Error::MergeNotAllowed`] for a customer with itself, or a person with an organisation; merged or
    /// erased, as every verb.
    pub fn merge(&self, context: &Context<'_>, other: &Self, reason: &str) -> Both {
        let (mut stays, mut goes) = (Change::begin(self, context)?, Change::begin(other, context)?);
        if self.id() == other.id() {
            return Err(Error::MergeNotAllowed { why: "a customer is itself already" });
        }
        if self.kind != other.kind {
            return Err(Error::MergeNotAllowed { why: "one is a person, one an organisation" });
        }
        goes.customer.merged_into = Some(self.id());
        goes.tell(events::CustomerMerged {
            into_customer_id: self.id().to_string(),
            reason: reason.to_owned(),
            ..Default::default()
        });
        let other_customer_id = other.id().to_string();
        stays.tell(events::CustomerAbsorbed { other_customer_id, ..Default::default() });
        Ok([stays.done()?, goes.done()?])
    }

    /// Undoes a merge: this customer stands by itself again, as it was. `stays` is the one that it was merged
    /// into; it may itself have been merged since. Answers both, this one first.
    ///
    /// # Errors
    ///
    /// [`Error::NotMerged`], [`Error::Erased`].
    pub fn undo_merge(&self, context: &Context<'_>, stays: &Self, reason: &str) -> Both {
        if self.merged_into != Some(stays.id()) {
            return Err(Error::NotMerged(self.id()));
        }
        if let Some(erased) = [self, stays].into_iter().find(|one| one.erased) {
            return Err(Error::Erased(erased.id()));
        }
        let (mut freed, mut stays) = (Change::of(self, context), Change::of(stays, context));
        freed.customer.merged_into = None;
        freed.tell(events::CustomerMergeUndone {
            from_customer_id: stays.customer.id().to_string(),
            reason: reason.to_owned(),
            ..Default::default()
        });
        let other_customer_id = self.id().to_string();
        stays.tell(events::CustomerReleased { other_customer_id, ..Default::default() });
        Ok([freed.done()?, stays.done()?])
    }
}
