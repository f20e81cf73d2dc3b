//! References to things of the directory, checked before the transaction that keeps them.

use kefu_kernel::{Id, id};
use kefu_store::runner::RunError;

use crate::domain;
use crate::domain::ids::{BranchId, DepartmentId, PersonId};
use crate::rpc::refused;
use crate::service::{Done, Tickets};

impl Tickets {
    /// A person of the staff, where one is named; answers their department, where they have just one.
    pub(crate) async fn know_person(
        &self,
        field: &'static str,
        person: Option<PersonId>,
    ) -> Done<Option<DepartmentId>> {
        let Some(person) = person else { return Ok(None) };
        let found = self.directory.person(person.uuid()).await.map_err(refused)?;
        let found = found.ok_or_else(|| unknown(field, person))?;
        Ok(match found.department_ids.as_slice() {
            [only] => id::split(only).map(|(_, uuid)| DepartmentId::from(uuid)),
            _ => None,
        })
    }

    /// A department, where one is named.
    pub(crate) async fn know_department(
        &self,
        field: &'static str,
        department: Option<DepartmentId>,
    ) -> Done<()> {
        let Some(department) = department else { return Ok(()) };
        let found = self.directory.department(department.uuid()).await.map_err(refused)?;
        found.map(drop).ok_or_else(|| unknown(field, department))
    }

    /// A branch, where one is named.
    pub(crate) async fn know_branch(
        &self,
        field: &'static str,
        branch: Option<BranchId>,
    ) -> Done<()> {
        let Some(branch) = branch else { return Ok(()) };
        let found = self.directory.branch(branch.uuid()).await.map_err(refused)?;
        found.map(drop).ok_or_else(|| unknown(field, branch))
    }
}

fn unknown(field: &'static str, id: impl Id) -> RunError<crate::Error> {
    refused(domain::Error::unknown(field, &id.to_string()))
}
