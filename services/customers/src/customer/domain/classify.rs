//! How far a customer has come, who looks after it, and on which lists it is.

use kefu_api_events::v1 as events;
use kefu_api_events::wire;
use kefu_kernel::{Id, Timestamp};

use crate::domain::ids::{BranchId, PersonId};

use super::change::Change;
use super::words::{List, Stage};
use super::{Context, Customer, Decision, Error};

/// That a customer is on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Why. Personal data.
    pub reason: String,
    /// Until when; none: until it is taken off.
    pub until: Option<Timestamp>,
    /// Who put it there: a principal's id.
    pub listed_by: String,
    /// When.
    pub listed_at: Timestamp,
}

impl Customer {
    /// Says how far it has come. The stage that it is in already is no change.
    ///
    /// # Errors
    ///
    /// As every verb: merged or erased.
    pub fn set_stage(&self, context: &Context<'_>, stage: Stage, reason: &str) -> Decision {
        let mut change = Change::begin(self, context)?;
        if stage != self.stage {
            change.customer.stage = stage;
            let reason = reason.to_owned();
            change.tell(events::CustomerStageChanged { reason, ..Default::default() });
        }
        change.done()
    }

    /// Gives it to somebody to look after, or to nobody; to another branch where one is named.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyAssigned`].
    pub fn assign(
        &self,
        context: &Context<'_>,
        specialist: Option<PersonId>,
        branch: Option<BranchId>,
    ) -> Decision {
        let mut change = Change::begin(self, context)?;
        change.customer.specialist = specialist;
        change.customer.head.branch = branch.map(Id::uuid).or(self.head.branch);
        if change.customer == *self {
            return Err(Error::AlreadyAssigned(self.id()));
        }
        change.tell(events::CustomerAssigned::default());
        change.done()
    }

    /// Puts it on a list; where it is on it, with another reason and end.
    ///
    /// # Errors
    ///
    /// [`Error::TimeOutOfRange`] where the end is not ahead.
    pub fn put_on_list(
        &self,
        context: &Context<'_>,
        list: List,
        reason: String,
        until: Option<Timestamp>,
    ) -> Decision {
        let mut change = Change::begin(self, context)?;
        if until.is_some_and(|until| until <= change.now) {
            return Err(Error::TimeOutOfRange { field: "until", what: "must be in the future" });
        }
        let (listed_by, listed_at) = (context.actor.to_owned(), change.now);
        let listing = Listing { reason, until, listed_by, listed_at };
        change.customer.listings.insert(list, listing);
        change.tell(events::CustomerListed {
            list: events::CustomerList::from(list).into(),
            until: until.map(wire::timestamp),
            ..Default::default()
        });
        change.done()
    }

    /// Takes it off a list.
    ///
    /// # Errors
    ///
    /// [`Error::NotListed`].
    pub fn take_off_list(&self, context: &Context<'_>, list: List) -> Decision {
        let mut change = Change::begin(self, context)?;
        if !self.listings.contains_key(&list) {
            return Err(Error::NotListed(list));
        }
        change.unlist(list);
        change.done()
    }

    /// Takes it off the lists on which its time is over: what a durable timer calls at
    /// [`Customer::wakes_at`]. Safe to call early, twice, and on a merged customer.
    ///
    /// # Errors
    ///
    /// None.
    pub fn expire_listings(&self, context: &Context<'_>) -> Decision {
        let mut change = Change::of(self, context);
        let now = change.now;
        let over = |listing: &Listing| listing.until.is_some_and(|until| until <= now);
        let lists = self.listings.iter().filter(|(_, listing)| over(listing));
        for list in lists.map(|(list, _)| *list) {
            change.unlist(list);
        }
        change.done()
    }
}

impl Change<'_> {
    fn unlist(&mut self, list: List) {
        self.customer.listings.remove(&list);
        let list = events::CustomerList::from(list).into();
        self.tell(events::CustomerUnlisted { list, ..Default::default() });
    }
}
