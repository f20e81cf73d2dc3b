//! Registering a customer.

use std::collections::BTreeMap;

use kefu_api_events::v1 as events;
use kefu_kernel::{Head, Id, InvalidFields, Timestamp};

use crate::domain::ids::{BranchId, CustomerId, PersonId};

use super::change::Change;
use super::contacts::NewContactPoint;
use super::profile::Profile;
use super::words::{Kind, Stage};
use super::{Context, Customer, Decision, Error};

/// What is known of a new customer.
#[derive(Clone, Debug)]
pub struct New {
    /// Its id, made for it.
    pub id: CustomerId,
    /// Its number, issued for it.
    pub number: i64,
    /// Person or organisation.
    pub kind: Kind,
    /// How far it has come.
    pub stage: Stage,
    /// From where it came; empty where unknown.
    pub source: String,
    /// Its id in that source.
    pub external_id: Option<String>,
    /// The branch it belongs to.
    pub branch: Option<BranchId>,
    /// Who looks after it.
    pub specialist: Option<PersonId>,
    /// What is known of it.
    pub profile: Profile,
    /// Its contact points.
    pub contacts: Vec<NewContactPoint>,
    /// When another system registered it; none: now. Not later than now.
    pub created_at: Option<Timestamp>,
}

impl Customer {
    /// Registers a customer.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`], [`Error::Fields`], [`Error::ContactExists`] where a contact point is there
    /// twice, [`Error::TimeOutOfRange`].
    pub fn create(context: &Context<'_>, new: New) -> Decision {
        if new.created_at.is_some_and(|at| at > context.now) {
            let what = "cannot be in the future";
            return Err(Error::TimeOutOfRange { field: "created_at", what });
        }
        if new.external_id.is_some() && new.source.is_empty() {
            let what = "must name where the external id is";
            return Err(InvalidFields::one("source", "required", what).into());
        }
        let contacts = new.contacts.clone();
        let mut change = Change::new(Self::blank(context, new), context);
        for contact in contacts {
            change.add(contact)?;
        }
        context.rules.check(&change.customer)?;
        let customer = &change.customer;
        let (number, external_id) = (customer.number, customer.external_id.clone());
        change.tell(events::CustomerCreated { number, external_id, ..Default::default() });
        change.done()
    }

    fn blank(context: &Context<'_>, new: New) -> Self {
        let created_at = new.created_at.unwrap_or(context.now);
        Self {
            head: Head::new(new.id.uuid(), new.branch.map(Id::uuid), created_at),
            number: new.number,
            kind: new.kind,
            stage: new.stage,
            source: new.source,
            external_id: new.external_id,
            specialist: new.specialist,
            profile: new.profile,
            contacts: Vec::new(),
            consents: BTreeMap::new(),
            listings: BTreeMap::new(),
            merged_into: None,
            erased: false,
            completeness_percent: 0,
            created_by: context.actor.to_owned(),
        }
    }
}
