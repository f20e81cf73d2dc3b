//! Forgetting who a customer is. It cannot be undone.

use kefu_api_events::v1 as events;

use crate::domain::ids::CustomerId;

use super::change::Change;
use super::{Context, Customer, Decision, Error};

impl Customer {
    /// Overwrites everything personal of a customer. `merged` are those that redirect to it, over however many
    /// steps: each is the same person and is erased with it, by [`Customer::erase_merged`].
    ///
    /// # Errors
    ///
    /// [`Error::Erased`]; [`Error::Merged`]: the one that stays is erased instead.
    pub fn erase(&self, context: &Context<'_>, ground: &str, merged: &[CustomerId]) -> Decision {
        let mut change = Change::begin(self, context)?;
        change.erase(ground, merged);
        change.done()
    }

    /// Overwrites everything personal of a customer that was merged into one that is erased.
    ///
    /// # Errors
    ///
    /// [`Error::NotMerged`].
    pub fn erase_merged(&self, context: &Context<'_>, ground: &str) -> Decision {
        if self.merged_into.is_none() {
            return Err(Error::NotMerged(self.id()));
        }
        let mut change = Change::of(self, context);
        if !self.erased {
            change.erase(ground, &[]);
        }
        change.done()
    }
}

impl Change<'_> {
    fn erase(&mut self, ground: &str, merged: &[CustomerId]) {
        let customer = &mut self.customer;
        customer.erased = true;
        customer.profile.erase();
        customer.contacts.clear();
        customer.listings.values_mut().for_each(|listing| listing.reason.clear());
        self.tell(events::SubjectErased {
            merged_customer_ids: merged.iter().map(ToString::to_string).collect(),
            ground: ground.to_owned(),
            ..Default::default()
        });
    }
}
