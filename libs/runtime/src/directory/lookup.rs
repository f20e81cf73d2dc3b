//! Looking one thing up: among the folded rows, and only where it is not there, at the gateway.

use kefu_api_events::v1::{BranchFacts, DepartmentFacts, PersonFacts};
use kefu_api_gateway::v1::directory_service_client::DirectoryServiceClient;
use kefu_api_gateway::v1::{GetBranchRequest, GetDepartmentRequest, GetPersonRequest};
use kefu_kernel::id::{self, Uuid};
use kefu_rpc::client;
use prost::Message;
use sea_orm::EntityTrait;
use tonic::{Code, Status};

use super::{Directory, DirectoryError, facts, table};

impl Directory {
    /// A branch; none where there is no such one.
    pub async fn branch(&self, id: Uuid) -> Result<Option<BranchFacts>, DirectoryError> {
        if let Some(found) = self.folded(table::BRANCH, id).await? {
            return Ok(Some(found));
        }
        let branch_id = id::encode(table::BRANCH, id);
        let mut gateway = client!(DirectoryServiceClient, self.gateway.clone());
        let answer = gateway.get_branch(GetBranchRequest { branch_id }).await;
        Ok(known(answer)?.map(|branch| BranchFacts {
            code: branch.code,
            time_zone: branch.time_zone,
            calendar_id: branch.calendar_id.unwrap_or_default(),
        }))
    }

    /// A department; none where there is no such one.
    pub async fn department(&self, id: Uuid) -> Result<Option<DepartmentFacts>, DirectoryError> {
        if let Some(found) = self.folded(table::DEPARTMENT, id).await? {
            return Ok(Some(found));
        }
        let department_id = id::encode(table::DEPARTMENT, id);
        let mut gateway = client!(DirectoryServiceClient, self.gateway.clone());
        let answer = gateway.get_department(GetDepartmentRequest { department_id }).await;
        Ok(known(answer)?.map(|department| DepartmentFacts {
            code: department.code,
            branch_id: department.branch_id.unwrap_or_default(),
            head_id: department.head_id.unwrap_or_default(),
        }))
    }

    /// A person of the staff; none where there is no such one, or not any more.
    pub async fn person(&self, id: Uuid) -> Result<Option<PersonFacts>, DirectoryError> {
        if let Some(found) = self.folded::<PersonFacts>(table::PERSON, id).await? {
            return Ok(found.active.then_some(found));
        }
        let person_id = id::encode(table::PERSON, id);
        let mut gateway = client!(DirectoryServiceClient, self.gateway.clone());
        let answer = gateway.get_person(GetPersonRequest { person_id }).await;
        Ok(known(answer)?.filter(|person| person.deleted_at.is_none()).map(|person| PersonFacts {
            roles: person.roles,
            branch_ids: person.branch_ids,
            all_branches: person.all_branches,
            department_ids: person.department_ids,
            active: true,
        }))
    }

    async fn folded<F: Message + Default>(
        &self,
        kind: &str,
        id: Uuid,
    ) -> Result<Option<F>, DirectoryError> {
        let key = (kind.to_owned(), id, 0);
        let row = table::Entity::find_by_id(key).one(self.store.reader()).await?;
        row.as_ref().map(facts).transpose()
    }
}

fn known<T>(answer: Result<tonic::Response<T>, Status>) -> Result<Option<T>, DirectoryError> {
    match answer {
        Ok(found) => Ok(Some(found.into_inner())),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(DirectoryError::Gateway(Box::new(status))),
    }
}
