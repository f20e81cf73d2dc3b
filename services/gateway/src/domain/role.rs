//! Roles: named sets of permissions, that people and keys hold by code.

use std::collections::BTreeSet;

use kefu_api_events::event;
use kefu_api_events::v1 as events;
use kefu_kernel::Head;

use super::branch::named;
use super::change::{Decision, changed, set};
use super::error::Error;
use super::ids::RoleId;
use super::rights::{ADMIN, ADMINISTERS};

/// The role of Kefu's own services. It is no row of the directory, and nobody is given it.
pub const SERVICE: &str = "service";

/// A named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Identity and version.
    pub head: Head,
    /// Its code, unique; what people and keys name.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The permissions that it stands for.
    pub permissions: BTreeSet<String>,
    /// Whether it came with Kefu.
    pub built_in: bool,
}

/// New values of a role's fields.
#[derive(Clone, Debug, Default)]
pub struct RolePatch {
    /// See [`Role::code`].
    pub code: Option<String>,
    /// See [`Role::name`].
    pub name: Option<String>,
    /// See [`Role::permissions`].
    pub permissions: Option<BTreeSet<String>>,
}

impl Role {
    /// Its id.
    pub fn id(&self) -> RoleId {
        self.head.id.into()
    }

    /// Adds this role. `known` are the permissions that there are.
    pub fn create(self, known: &BTreeSet<String>) -> Result<Decision<Self>, Error> {
        self.check()?;
        self.check_permissions(&BTreeSet::new(), known)?;
        let created =
            events::RoleCreated { role_id: self.id().to_string(), facts: Some(self.facts()) };
        Ok((self, vec![event(&created, [""; 0])]))
    }

    /// Changes fields.
    pub fn update(
        &self,
        patch: RolePatch,
        known: &BTreeSet<String>,
    ) -> Result<Decision<Self>, Error> {
        let mut after = self.clone();
        set!(after, patch; code, name, permissions);
        if self.built_in && after.code != self.code {
            return Err(Error::RoleBuiltIn(Some(self.id())));
        }
        after.check()?;
        after.check_permissions(&self.permissions, known)?;
        let changed = changed!(self, after; "code": code, "name": name, "permissions": permissions);
        if changed.is_empty() {
            return Ok((after, Vec::new()));
        }
        let updated =
            events::RoleUpdated { role_id: after.id().to_string(), facts: Some(after.facts()) };
        Ok((after, vec![event(&updated, changed)]))
    }

    fn check(&self) -> Result<(), Error> {
        named(&self.code, &self.name)?;
        if self.code == SERVICE {
            return Err(Error::RoleBuiltIn(None));
        }
        if self.code == ADMIN && ADMINISTERS.iter().any(|one| !self.permissions.contains(*one)) {
            return Err(Error::LastAdmin);
        }
        Ok(())
    }

    /// A permission of another version may stay; a new one must be known.
    fn check_permissions(
        &self,
        before: &BTreeSet<String>,
        known: &BTreeSet<String>,
    ) -> Result<(), Error> {
        let mut new = self.permissions.difference(before);
        match new.find(|permission| !known.contains(*permission)) {
            Some(unknown) => Err(Error::unknown("permissions", unknown)),
            None => Ok(()),
        }
    }

    fn facts(&self) -> events::RoleFacts {
        events::RoleFacts {
            code: self.code.clone(),
            permissions: self.permissions.iter().cloned().collect(),
        }
    }
}
