//! Adding, proving and taking away contact points.
//!
//! That no two customers have proved the same one is kept by whoever keeps [`Customer::claims`]; a rule sees
//! one customer only.

use kefu_api_events::v1 as events;

use crate::domain::ids::ContactPointId;

use super::change::Change;
use super::contact::{Contact, ContactPoint};
use super::{Context, Customer, Decision, Error};

/// A contact point that is to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewContactPoint {
    /// Its id, made for it.
    pub id: ContactPointId,
    /// What it is, in its normal form.
    pub contact: Contact,
    /// What it is to the customer: a code; empty: not told.
    pub label: String,
    /// Whether the customer proved that it is theirs.
    pub verified: bool,
    /// Whether it is the first of its kind to use; the former one ceases to be it.
    pub preferred: bool,
}

impl Customer {
    /// Adds a contact point.
    ///
    /// # Errors
    ///
    /// [`Error::ContactExists`] where the customer has it already, in whatever case it is written.
    pub fn add_contact(&self, context: &Context<'_>, new: NewContactPoint) -> Decision {
        let mut change = Change::begin(self, context)?;
        let (id, kind, verified) = (new.id, new.contact.kind(), new.verified);
        change.add(new)?;
        change.tell(events::CustomerContactPointAdded {
            contact_point_id: id.to_string(),
            kind: events::ContactKind::from(kind).into(),
            verified,
            ..Default::default()
        });
        change.done()
    }

    /// Notes that the customer proved a contact point to be theirs. One that is proved already stays as it is.
    ///
    /// # Errors
    ///
    /// [`Error::ContactNotFound`].
    pub fn verify_contact(
        &self,
        context: &Context<'_>,
        id: ContactPointId,
        method: &str,
    ) -> Decision {
        let mut change = Change::begin(self, context)?;
        let point = change.contact_mut(id)?;
        if point.verified {
            return change.done();
        }
        point.verified = true;
        method.clone_into(&mut point.proof);
        let kind = point.contact.kind();
        change.tell(events::CustomerContactPointVerified {
            contact_point_id: id.to_string(),
            kind: events::ContactKind::from(kind).into(),
            verified: true,
            method: method.to_owned(),
            ..Default::default()
        });
        change.done()
    }

    /// Takes a contact point away.
    ///
    /// # Errors
    ///
    /// [`Error::ContactNotFound`].
    pub fn remove_contact(&self, context: &Context<'_>, id: ContactPointId) -> Decision {
        let mut change = Change::begin(self, context)?;
        let point = change.contact_mut(id)?;
        let (kind, verified) = (point.contact.kind(), point.verified);
        change.customer.contacts.retain(|point| point.id != id);
        change.tell(events::CustomerContactPointRemoved {
            contact_point_id: id.to_string(),
            kind: events::ContactKind::from(kind).into(),
            verified,
            ..Default::default()
        });
        change.done()
    }
}

impl Change<'_> {
    /// Adds a contact point and tells nothing yet.
    pub(super) fn add(&mut self, new: NewContactPoint) -> Result<(), Error> {
        let contacts = &mut self.customer.contacts;
        let key = new.contact.key();
        if let Some(there) = contacts.iter().find(|point| point.contact.key() == key) {
            return Err(Error::ContactExists(there.id));
        }
        if new.preferred {
            let same = contacts.iter_mut().filter(|point| point.contact.kind() == key.0);
            same.for_each(|point| point.preferred = false);
        }
        contacts.push(ContactPoint {
            id: new.id,
            contact: new.contact,
            label: new.label,
            verified: new.verified,
            proof: String::new(),
            preferred: new.preferred,
            created_at: self.now,
        });
        Ok(())
    }

    fn contact_mut(&mut self, id: ContactPointId) -> Result<&mut ContactPoint, Error> {
        let mut contacts = self.customer.contacts.iter_mut();
        contacts.find(|point| point.id == id).ok_or(Error::ContactNotFound(id))
    }
}
