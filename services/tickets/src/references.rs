//! References to things of the directory, checked before the transaction that keeps them.

use std::collections::HashMap;

use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Call, Id};
use kefu_store::runner::RunError;
use tokio::sync::Mutex;

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

    /// A branch, where one is named; one that is not the caller's does not exist.
    pub(crate) async fn know_branch(
        &self,
        call: &Call,
        field: &'static str,
        branch: Option<BranchId>,
    ) -> Done<()> {
        let Some(branch) = branch else { return Ok(()) };
        if !call.principal.scope.admits(Some(branch.uuid())) {
            return Err(unknown(field, branch));
        }
        let found = self.directory.branch(branch.uuid()).await.map_err(refused)?;
        found.map(drop).ok_or_else(|| unknown(field, branch))
    }
}

/// The references of one request with many items: each thing is looked up once.
pub(crate) struct References<'t> {
    tickets: &'t Tickets,
    call: &'t Call,
    known: Mutex<HashMap<Uuid, bool>>,
}

impl<'t> References<'t> {
    pub(crate) fn of(tickets: &'t Tickets, call: &'t Call) -> Self {
        Self { tickets, call, known: Mutex::default() }
    }

    pub(crate) async fn branch(&self, field: &'static str, id: Option<BranchId>) -> Done<()> {
        self.once(field, id, self.tickets.know_branch(self.call, field, id)).await
    }

    pub(crate) async fn department(
        &self,
        field: &'static str,
        id: Option<DepartmentId>,
    ) -> Done<()> {
        self.once(field, id, self.tickets.know_department(field, id)).await
    }

    pub(crate) async fn person(&self, field: &'static str, id: Option<PersonId>) -> Done<()> {
        let look = self.tickets.know_person(field, id);
        self.once(field, id, async { look.await.map(drop) }).await
    }

    async fn once<I: Id>(
        &self,
        field: &'static str,
        id: Option<I>,
        look: impl Future<Output = Done<()>>,
    ) -> Done<()> {
        let Some(id) = id else { return Ok(()) };
        // Held while it is looked up: the other items wait for the answer instead of asking too.
        let mut known = self.known.lock().await;
        let there = match known.get(&id.uuid()) {
            Some(there) => *there,
            None => match look.await {
                Ok(()) => true,
                Err(RunError::Refused(crate::Error::Rule(domain::Error::UnknownReference {
                    ..
                }))) => false,
                Err(error) => return Err(error),
            },
        };
        known.insert(id.uuid(), there);
        if there { Ok(()) } else { Err(unknown(field, id)) }
    }
}

fn unknown(field: &'static str, id: impl Id) -> RunError<crate::Error> {
    refused(domain::Error::unknown(field, &id.to_string()))
}
