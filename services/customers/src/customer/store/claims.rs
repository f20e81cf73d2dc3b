//! Verified contact points as natural keys: of one there is one customer at most, in the whole company.
//!
//! The key is a keyed hash, for the value is personal. After a rotation of the service's keys a contact point
//! is known by the hash of the key that it was claimed with; so all of them are looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kefu_kernel::id::Uuid;
use kefu_kernel::{Fault, FaultKind};
use kefu_store::seal::Keys;
use kefu_store::{KeyTaken, Needs, Work};

use crate::Result;
use crate::customer::domain::words::ContactKind;
use crate::customer::domain::{Customer, Error};
use crate::domain::ids::CustomerId;

/// The kind of the natural keys.
const KEY: &str = "customer_contact";

/// What tells one contact from another: its kind and its value without regard to case.
pub type ContactKey = (ContactKind, String);

/// The contacts that a command may prove or give up, each with its names as a natural key, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Claims(BTreeMap<ContactKey, Vec<String>>);

impl Claims {
    /// Those of these contacts.
    pub fn of(keys: &Keys, contacts: impl IntoIterator<Item = ContactKey>) -> Self {
        let named = |contact: ContactKey| {
            let text = format!("{}|{}", contact.0.name(), contact.1);
            let hashes = keys.blind_indexes(KEY, "value", text.as_bytes());
            (contact, hashes.iter().map(|hash| hex(hash)).collect())
        };
        Self(contacts.into_iter().map(named).collect())
    }

    /// Has whoever proved them loaded; also what permits to claim them.
    pub fn need(&self, needs: &mut Needs) {
        for name in self.0.values().flatten() {
            needs.key::<Customer>(KEY, name);
        }
    }

    /// Brings what is claimed from what a customer had proved to what it has proved now.
    ///
    /// # Errors
    ///
    /// [`Error::ContactTaken`]; CONCURRENT_CHANGE where the customer has a contact that was not known when the
    /// command was made.
    pub fn settle(
        &self,
        work: &mut Work<'_>,
        id: Uuid,
        before: &BTreeSet<ContactKey>,
        after: &BTreeSet<ContactKey>,
    ) -> Result<()> {
        for gone in before.difference(after) {
            for name in self.names(gone)? {
                work.release(KEY, name, id);
            }
        }
        for new in after.difference(before) {
            self.take(work, id, new)?;
        }
        Ok(())
    }

    /// Refuses contacts that another proved.
    ///
    /// # Errors
    ///
    /// As [`Claims::settle`].
    pub fn check_free(&self, work: &Work<'_>, contacts: &BTreeSet<ContactKey>) -> Result<()> {
        for contact in contacts {
            if let Some(by) = self.names(contact)?.iter().find_map(|name| work.key(KEY, name)) {
                return Err(taken(work, by).into());
            }
        }
        Ok(())
    }

    fn take(&self, work: &mut Work<'_>, id: Uuid, contact: &ContactKey) -> Result<()> {
        let names = self.names(contact)?;
        let other = names.iter().filter_map(|name| work.key(KEY, name)).find(|by| *by != id);
        if let Some(by) = other {
            return Err(taken(work, by).into());
        }
        let newest = names.first().ok_or(NotFresh)?;
        Ok(work.claim(KEY, newest, id).map_err(|KeyTaken { by }| taken(work, by))?)
    }

    fn names(&self, contact: &ContactKey) -> Result<&[String]> {
        Ok(self.0.get(contact).ok_or(NotFresh)?)
    }
}

/// Who proved it is told only where the caller may see them.
fn taken(work: &Work<'_>, by: Uuid) -> Error {
    Error::ContactTaken(
        work.find::<Customer>(by).map(|customer| CustomerId::from(customer.head.id)),
    )
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The customer changed between the reading of its contacts and the decision.
#[derive(Debug, thiserror::Error)]
#[error("the customer was changed by others meanwhile; try again")]
pub struct NotFresh;

impl Fault for NotFresh {
    fn kind(&self) -> FaultKind {
        FaultKind::Stale
    }

    fn reason(&self) -> &'static str {
        "CONCURRENT_CHANGE"
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(Duration::from_millis(50))
    }
}

impl kefu_runtime::Refusal for NotFresh {}
