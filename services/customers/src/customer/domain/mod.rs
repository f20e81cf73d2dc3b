//! The rules of customers, pure: each verb takes the customer as it is and returns it as it becomes, with the
//! events that tell of it, or says why not.
//!
//! - `contact.rs`, `profile.rs`, `words.rs`: what a customer is described with.
//! - `wanted.rs`: what the department wants to know; shipped in `profile.toml`.
//! - `create.rs`, `update.rs`, `contacts.rs`, `consent.rs`, `classify.rs`, `merge.rs`, `erase.rs`: the verbs.
//! - `likeness.rs`: by what customers are found, and which may be one.
//! - `change.rs`: one step in the making, and what events tell of it.
//! - `error.rs`: everything that a rule can refuse.
//!
//! Four things hold from the first event to the last (the tests walk at random and look): no contact point is
//! there twice; one of each kind at most is preferred; nothing personal is left of an erased customer; and
//! redirects never make a circle.

mod change;
mod classify;
mod consent;
mod contact;
mod contacts;
mod create;
mod erase;
mod error;
mod likeness;
mod merge;
mod profile;
mod update;
mod wanted;
pub mod words;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use kefu_kernel::{Head, NewEvent, Timestamp};

use crate::domain::ids::{BranchId, CustomerId, PersonId};
use kefu_api_events::Channel;

use self::words::{ContactKind, Kind, List, Stage};

pub use self::classify::Listing;
pub use self::consent::{Consent, ConsentSaid};
pub use self::contact::{Contact, ContactError, ContactPoint, Country, phone_ending};
pub use self::contacts::NewContactPoint;
pub use self::create::New;
pub use self::error::{Error, MAY_VERIFY};
pub use self::likeness::{Likeness, Token, likeness, name_key, tokens};
pub use self::merge::Both;
pub use self::profile::{Address, Profile, YearDay, YearDayError};
pub use self::update::{Patch, PatchFields};
pub use self::wanted::{ProfileRules, ProfileRulesError, REVISIT, Wanted};

/// What a rule of customers needs to know of the call that it serves.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What is wanted of customers, and the company's own fields.
    pub rules: &'a ProfileRules,
    /// The present moment, by the record clock.
    pub now: Timestamp,
    /// Who acts: a principal's id.
    pub actor: &'a str,
}

/// What a verb comes to: the customer as it becomes, and the events that tell of it, in order. No events:
/// nothing changed.
pub type Decision = Result<(Customer, Vec<NewEvent>), Error>;

/// A person or an organisation that the department serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Identity, version, branch; `created_at` is when it was registered, here or where it came from.
    pub head: Head,
    /// The number that people read out; issued once.
    pub number: i64,
    /// Person or organisation.
    pub kind: Kind,
    /// How far it has come.
    pub stage: Stage,
    /// From where it came: a code, empty where unknown.
    pub source: String,
    /// Its id in that source.
    pub external_id: Option<String>,
    /// Who looks after it.
    pub specialist: Option<PersonId>,
    /// What is known of it.
    pub profile: Profile,
    /// Phones, e-mail addresses, handles and numbers, in the order in which they were added.
    pub contacts: Vec<ContactPoint>,
    /// What it allows now, by channel and purpose.
    pub consents: BTreeMap<(Channel, String), Consent>,
    /// The lists it is on.
    pub listings: BTreeMap<List, Listing>,
    /// The customer it was merged into.
    pub merged_into: Option<CustomerId>,
    /// Whether its identity was erased.
    pub erased: bool,
    /// How much of what is wanted is known, 0 to 100, as of the last event.
    pub completeness_percent: i32,
    /// Who registered it: a principal's id.
    pub created_by: String,
}

impl Customer {
    /// Its id.
    pub fn id(&self) -> CustomerId {
        CustomerId::from(self.head.id)
    }

    /// Refuses one that was merged into another, or erased: nothing of it changes any more.
    ///
    /// # Errors
    ///
    /// [`Error::Merged`], [`Error::Erased`].
    pub fn check_live(&self) -> Result<(), Error> {
        match self.merged_into {
            Some(into) => Err(Error::Merged { id: self.id(), into }),
            None if self.erased => Err(Error::Erased(self.id())),
            None => Ok(()),
        }
    }

    /// The branch it belongs to.
    pub fn branch(&self) -> Option<BranchId> {
        self.head.branch.map(BranchId::from)
    }

    /// The keys of its verified contact points: no two customers have one in common. A merged customer keeps
    /// its own, so that undoing the merge changes nothing.
    pub fn claims(&self) -> BTreeSet<(ContactKind, String)> {
        let verified = self.contacts.iter().filter(|point| point.verified);
        verified.map(|point| point.contact.key()).collect()
    }

    /// When its time on a list is over, for a durable timer that then calls [`Customer::expire_listings`].
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.listings.values().filter_map(|listing| listing.until).min()
    }
}
