//! People: the staff. Names, addresses and subjects are personal data and never in an event.

use std::collections::BTreeSet;

use kefu_api_events::event;
use kefu_api_events::v1 as events;
use kefu_kernel::{Head, NewEvent, Timestamp};

use super::change::{Decision, changed, set, texts};
use super::error::Error;
use super::ids::{DepartmentId, IssuerId, PersonId};
use super::rights::Rights;

/// A member of the staff. Every branch sees them: work is handed from one to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Identity and version.
    pub head: Head,
    /// Their name. Personal data.
    pub name: String,
    /// Their e-mail address at work; empty: none. Personal data.
    pub email: String,
    /// Who they are to identity providers. Personal data.
    pub subjects: BTreeSet<Subject>,
    /// What they may do, and where.
    pub rights: Rights,
    /// The departments they work in.
    pub departments: BTreeSet<DepartmentId>,
    /// BCP 47 tags, best first.
    pub languages: Vec<String>,
    /// When they were taken out; none: they work here.
    pub deleted_at: Option<Timestamp>,
}

/// Who a person is to an identity provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The provider.
    pub issuer: IssuerId,
    /// The `sub` of its tokens.
    pub subject: String,
}

/// New values of a person's fields.
#[derive(Clone, Debug, Default)]
pub struct PersonPatch {
    /// See [`Person::name`].
    pub name: Option<String>,
    /// See [`Person::email`].
    pub email: Option<String>,
    /// See [`Person::subjects`].
    pub subjects: Option<BTreeSet<Subject>>,
    /// See [`Rights::roles`].
    pub roles: Option<BTreeSet<String>>,
    /// See [`Rights::branches`].
    pub branches: Option<BTreeSet<super::ids::BranchId>>,
    /// See [`Rights::all_branches`].
    pub all_branches: Option<bool>,
    /// See [`Person::departments`].
    pub departments: Option<BTreeSet<DepartmentId>>,
    /// See [`Person::languages`].
    pub languages: Option<Vec<String>>,
}

impl Person {
    /// Their id.
    pub fn id(&self) -> PersonId {
        self.head.id.into()
    }

    /// Whether they work here.
    pub fn is_active(&self) -> bool {
        self.deleted_at.is_none()
    }

    /// Whether they can sign in and administer the whole company.
    pub fn is_administrator(&self) -> bool {
        self.is_active() && self.rights.administer() && !self.subjects.is_empty()
    }

    /// Adds this person.
    pub fn create(self) -> Result<Decision<Self>, Error> {
        self.check()?;
        let created =
            events::PersonCreated { person_id: self.id().to_string(), facts: Some(self.facts()) };
        Ok((self, vec![event(&created, [""; 0])]))
    }

    /// Changes fields.
    pub fn update(&self, patch: PersonPatch) -> Result<Decision<Self>, Error> {
        let mut after = self.clone();
        let rights = &mut after.rights;
        set!(rights, patch; roles, branches, all_branches);
        set!(after, patch; name, email, subjects, departments, languages);
        after.check()?;
        let changed = changed!(self, after; "name": name, "email": email, "subjects": subjects,
            "roles": rights.roles, "branch_ids": rights.branches,
            "all_branches": rights.all_branches, "department_ids": departments,
            "languages": languages);
        if changed.is_empty() {
            return Ok((after, Vec::new()));
        }
        let updated =
            events::PersonUpdated { person_id: after.id().to_string(), facts: Some(after.facts()) };
        Ok((after, vec![event(&updated, changed)]))
    }

    /// Takes them out: they can no longer sign in or be given work.
    pub fn delete(&self, now: Timestamp) -> Result<Decision<Self>, Error> {
        if !self.is_active() {
            return Err(Error::PersonInactive(self.id()));
        }
        let after = Self { deleted_at: Some(now), ..self.clone() };
        let (person_id, facts) = (after.id().to_string(), Some(after.facts()));
        Ok(after.told(event(&events::PersonDeleted { person_id, facts }, ["deleted_at"])))
    }

    /// Brings them back.
    pub fn undelete(&self) -> Result<Decision<Self>, Error> {
        if self.is_active() {
            return Err(Error::PersonActive(self.id()));
        }
        let after = Self { deleted_at: None, ..self.clone() };
        let (person_id, facts) = (after.id().to_string(), Some(after.facts()));
        Ok(after.told(event(&events::PersonUndeleted { person_id, facts }, ["deleted_at"])))
    }

    fn told(self, event: NewEvent) -> Decision<Self> {
        (self, vec![event])
    }

    fn check(&self) -> Result<(), Error> {
        if self.name.trim().is_empty() { Err(Error::empty("name")) } else { Ok(()) }
    }

    fn facts(&self) -> events::PersonFacts {
        events::PersonFacts {
            roles: self.rights.roles.iter().cloned().collect(),
            branch_ids: texts(&self.rights.branches),
            all_branches: self.rights.all_branches,
            department_ids: texts(&self.departments),
            active: self.is_active(),
        }
    }
}
