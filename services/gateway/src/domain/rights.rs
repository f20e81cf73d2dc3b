//! What a person or a key holds: roles, and the branches whose things it may see and change. And the
//! one rule about giving it: nobody can give away more than they hold.

use std::collections::BTreeSet;

use kefu_kernel::{Id, Scope};

use super::error::Error;
use super::ids::BranchId;

/// The role whose holders administer the company.
pub const ADMIN: &str = "admin";

/// What administering the company takes.
pub const ADMINISTERS: [&str; 2] = ["gateway.manage_directory", "gateway.manage_keys"];

/// Roles, by code, and branches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Codes of the roles held.
    pub roles: BTreeSet<String>,
    /// The branches whose things may be seen and changed.
    pub branches: BTreeSet<BranchId>,
    /// Whether every branch's things may be.
    pub all_branches: bool,
}

impl Rights {
    /// What of these rights is not in `before`: what a change gives.
    pub fn beyond(&self, before: &Self) -> Self {
        Self {
            roles: self.roles.difference(&before.roles).cloned().collect(),
            branches: self.branches.difference(&before.branches).copied().collect(),
            all_branches: self.all_branches && !before.all_branches,
        }
    }

    /// The branches as a principal has them.
    pub fn scope(&self) -> Scope {
        match self.all_branches {
            true => Scope::All,
            false => Scope::Branches(self.branches.iter().map(|branch| branch.uuid()).collect()),
        }
    }

    /// Whether their holder administers the whole company.
    pub fn administer(&self) -> bool {
        self.all_branches && self.roles.contains(ADMIN)
    }
}

/// Who gives rights, by what they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Giver {
    /// Everything that they may do.
    pub permissions: BTreeSet<String>,
    /// The branches they may do it in.
    pub scope: Scope,
}

impl Giver {
    /// Whether they may give `rights`, whose roles stand for `permissions`.
    pub fn may_give<'a>(
        &self,
        rights: &Rights,
        permissions: impl IntoIterator<Item = &'a String>,
    ) -> Result<(), Error> {
        let too_wide = |what: String| Err(Error::GrantTooWide { what });
        if rights.all_branches && self.scope != Scope::All {
            return too_wide("every branch".to_owned());
        }
        let held = |branch: &&BranchId| self.scope.admits(Some(branch.uuid()));
        if let Some(branch) = rights.branches.iter().find(|branch| !held(branch)) {
            return too_wide(branch.to_string());
        }
        match permissions.into_iter().find(|one| !self.permissions.contains(*one)) {
            Some(permission) => too_wide(permission.clone()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use kefu_kernel::id::Uuid;

    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn nobody_gives_more_than_they_hold() {
        let (here, there) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let giver = Giver {
            permissions: set(&["tickets.read", "tickets.assign"]),
            scope: Scope::Branches(BTreeSet::from([here])),
        };
        let rights = |branch: Uuid| Rights {
            branches: BTreeSet::from([branch.into()]),
            ..Rights::default()
        };
        let read = set(&["tickets.read"]);
        assert_eq!(giver.may_give(&rights(here), &read), Ok(()));
        assert!(giver.may_give(&rights(there), &read).is_err());
        assert!(giver.may_give(&rights(here), &set(&["tickets.import"])).is_err());
        let all = Rights { all_branches: true, ..Rights::default() };
        assert!(giver.may_give(&all, &read).is_err());
    }

    #[test]
    fn only_what_is_new_is_given() {
        let before = Rights { roles: set(&["agent"]), all_branches: true, ..Rights::default() };
        let after = Rights { roles: set(&["agent", "manager"]), ..before.clone() };
        let given = Rights { roles: set(&["manager"]), ..Rights::default() };
        assert_eq!(after.beyond(&before), given);
    }
}
