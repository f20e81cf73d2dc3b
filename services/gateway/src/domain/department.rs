//! Departments: the parts of the company that answer for matters, each with its head.

use kefu_api_events::event;
use kefu_api_events::v1 as events;
use kefu_kernel::Head;

use super::branch::named;
use super::change::{Decision, changed, set, text};
use super::error::Error;
use super::ids::{BranchId, DepartmentId, PersonId};

/// A part of the company. The branch that it belongs to is its scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Identity, version and scope.
    pub head: Head,
    /// Its short code, unique.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Who heads it.
    pub headed_by: Option<PersonId>,
}

/// New values of a department's fields.
#[derive(Clone, Debug, Default)]
pub struct DepartmentPatch {
    /// See [`Department::code`].
    pub code: Option<String>,
    /// See [`Department::name`].
    pub name: Option<String>,
    /// The branch that it belongs to; none: the whole company's.
    pub branch: Option<Option<BranchId>>,
    /// See [`Department::headed_by`].
    pub headed_by: Option<Option<PersonId>>,
}

impl Department {
    /// Its id.
    pub fn id(&self) -> DepartmentId {
        self.head.id.into()
    }

    /// The branch that it belongs to.
    pub fn branch(&self) -> Option<BranchId> {
        self.head.branch.map(BranchId::from)
    }

    /// Adds this department.
    pub fn create(self) -> Result<Decision<Self>, Error> {
        named(&self.code, &self.name)?;
        let created = events::DepartmentCreated {
            department_id: self.id().to_string(),
            facts: Some(self.facts()),
        };
        Ok((self, vec![event(&created, [""; 0])]))
    }

    /// Changes fields.
    pub fn update(&self, patch: DepartmentPatch) -> Result<Decision<Self>, Error> {
        let mut after = self.clone();
        if let Some(branch) = patch.branch {
            after.head.branch = branch.map(kefu_kernel::Id::uuid);
        }
        set!(after, patch; code, name, headed_by);
        named(&after.code, &after.name)?;
        let changed = changed!(self, after; "code": code, "name": name, "branch_id": head.branch,
            "head_id": headed_by);
        if changed.is_empty() {
            return Ok((after, Vec::new()));
        }
        let updated = events::DepartmentUpdated {
            department_id: after.id().to_string(),
            facts: Some(after.facts()),
        };
        Ok((after, vec![event(&updated, changed)]))
    }

    fn facts(&self) -> events::DepartmentFacts {
        events::DepartmentFacts {
            code: self.code.clone(),
            branch_id: text(self.branch()),
            head_id: text(self.headed_by),
        }
    }
}
