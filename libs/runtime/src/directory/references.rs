//! References to things of the directory, checked before the transaction that keeps them.

use std::collections::HashMap;

use kefu_api_events::v1::PersonFacts;
use kefu_kernel::directory::{BranchId, DepartmentId, PersonId};
use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Id, Scope, UnknownReference};
use tokio::sync::Mutex;

use super::{Directory, DirectoryError};

impl Directory {
    /// A person of the staff, where a request's `field` names one.
    ///
    /// # Errors
    ///
    /// UNKNOWN_REFERENCE where there is no such one, or not any more.
    pub async fn know_person(
        &self,
        field: &'static str,
        person: Option<PersonId>,
    ) -> Result<Option<PersonFacts>, DirectoryError> {
        let Some(person) = person else { return Ok(None) };
        known(field, person, self.person(person.uuid()).await?).map(Some)
    }

    /// A department, where a request's `field` names one.
    ///
    /// # Errors
    ///
    /// UNKNOWN_REFERENCE where there is no such one.
    pub async fn know_department(
        &self,
        field: &'static str,
        department: Option<DepartmentId>,
    ) -> Result<(), DirectoryError> {
        let Some(department) = department else { return Ok(()) };
        known(field, department, self.department(department.uuid()).await?).map(drop)
    }

    /// A branch, where a request's `field` names one; one outside the caller's scope does not exist.
    ///
    /// # Errors
    ///
    /// UNKNOWN_REFERENCE where there is no such one.
    pub async fn know_branch(
        &self,
        scope: &Scope,
        field: &'static str,
        branch: Option<BranchId>,
    ) -> Result<(), DirectoryError> {
        let Some(branch) = branch else { return Ok(()) };
        if !scope.admits(Some(branch.uuid())) {
            return Err(UnknownReference::new(field, &branch.to_string()).into());
        }
        known(field, branch, self.branch(branch.uuid()).await?).map(drop)
    }

    /// The references of one request with many items: each thing is looked up once.
    pub fn references<'d>(&'d self, scope: &'d Scope) -> References<'d> {
        References { directory: self, scope, known: Mutex::default() }
    }
}

/// The department of a person who has just one.
pub fn only_department(person: &PersonFacts) -> Option<DepartmentId> {
    match person.department_ids.as_slice() {
        [only] => id::split(only).map(|(_, uuid)| DepartmentId::from(uuid)),
        _ => None,
    }
}

/// See [`Directory::references`].
pub struct References<'d> {
    directory: &'d Directory,
    scope: &'d Scope,
    known: Mutex<HashMap<Uuid, bool>>,
}

impl References<'_> {
    /// As [`Directory::know_branch`].
    pub async fn branch(
        &self,
        field: &'static str,
        id: Option<BranchId>,
    ) -> Result<(), DirectoryError> {
        self.once(field, id, self.directory.know_branch(self.scope, field, id)).await
    }

    /// As [`Directory::know_department`].
    pub async fn department(
        &self,
        field: &'static str,
        id: Option<DepartmentId>,
    ) -> Result<(), DirectoryError> {
        self.once(field, id, self.directory.know_department(field, id)).await
    }

    /// As [`Directory::know_person`].
    pub async fn person(
        &self,
        field: &'static str,
        id: Option<PersonId>,
    ) -> Result<(), DirectoryError> {
        let look = self.directory.know_person(field, id);
        self.once(field, id, async { look.await.map(drop) }).await
    }

    async fn once<I: Id>(
        &self,
        field: &'static str,
        id: Option<I>,
        look: impl Future<Output = Result<(), DirectoryError>>,
    ) -> Result<(), DirectoryError> {
        let Some(id) = id else { return Ok(()) };
        // Held while it is looked up: the other items wait for the answer instead of asking too.
        let mut answers = self.known.lock().await;
        let there = match answers.get(&id.uuid()) {
            Some(there) => *there,
            None => match look.await {
                Ok(()) => true,
                Err(DirectoryError::Unknown(_)) => false,
                Err(error) => return Err(error),
            },
        };
        answers.insert(id.uuid(), there);
        known(field, id, there.then_some(()))
    }
}

fn known<T>(field: &'static str, id: impl Id, found: Option<T>) -> Result<T, DirectoryError> {
    found.ok_or_else(|| UnknownReference::new(field, &id.to_string()).into())
}
