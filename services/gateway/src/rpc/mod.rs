//! The directory's RPCs: each is one delegating line here and a file of its own.
//!
//! `check`, `staff` and `secret` hold what several commands do alike, `wire` turns domain values into
//! messages and back.

mod check;
mod create_branch;
mod create_calendar;
mod create_department;
mod create_issuer;
mod create_key;
mod create_person;
mod create_role;
mod delete_issuer;
mod delete_person;
mod get_branch;
mod get_calendar;
mod get_department;
mod get_issuer;
mod get_key;
mod get_person;
mod get_role;
mod list_branches;
mod list_calendars;
mod list_departments;
mod list_issuers;
mod list_keys;
mod list_people;
mod list_roles;
mod revoke_key;
mod rotate_key;
mod secret;
mod staff;
mod undelete_person;
mod update_branch;
mod update_calendar;
mod update_department;
mod update_issuer;
mod update_person;
mod update_role;
mod who_am_i;
mod wire;

pub(crate) use self::staff::subject_keys;

use kefu_api_gateway::v1 as api;
use kefu_api_gateway::v1::calendars_service_server::CalendarsService;
use kefu_api_gateway::v1::directory_service_server::DirectoryService;
use kefu_api_gateway::v1::identity_service_server::IdentityService;
use kefu_api_gateway::v1::issuers_service_server::IssuersService;
use kefu_api_gateway::v1::keys_service_server::KeysService;
use kefu_rpc::{Answer, command, query};
use tonic::{Request, async_trait};

use crate::gateway::Gateway;

kefu_outbox::events_service!(kefu_api_gateway, Events);

#[async_trait]
impl DirectoryService for Gateway {
    async fn create_branch(
        &self,
        request: Request<api::CreateBranchRequest>,
    ) -> Answer<api::Branch> {
        command(request, |call, asked| create_branch::run(self, call, asked)).await
    }

    async fn get_branch(&self, request: Request<api::GetBranchRequest>) -> Answer<api::Branch> {
        query(request, async |call, asked| get_branch::run(self, &call, asked).await).await
    }

    async fn list_branches(
        &self,
        request: Request<api::ListBranchesRequest>,
    ) -> Answer<api::ListBranchesResponse> {
        query(request, async |call, asked| list_branches::run(self, &call, asked).await).await
    }

    async fn update_branch(
        &self,
        request: Request<api::UpdateBranchRequest>,
    ) -> Answer<api::Branch> {
        command(request, |call, asked| update_branch::run(self, call, asked)).await
    }

    async fn create_department(
        &self,
        request: Request<api::CreateDepartmentRequest>,
    ) -> Answer<api::Department> {
        command(request, |call, asked| create_department::run(self, call, asked)).await
    }

    async fn get_department(
        &self,
        request: Request<api::GetDepartmentRequest>,
    ) -> Answer<api::Department> {
        query(request, async |call, asked| get_department::run(self, &call, asked).await).await
    }

    async fn list_departments(
        &self,
        request: Request<api::ListDepartmentsRequest>,
    ) -> Answer<api::ListDepartmentsResponse> {
        query(request, async |call, asked| list_departments::run(self, &call, asked).await).await
    }

    async fn update_department(
        &self,
        request: Request<api::UpdateDepartmentRequest>,
    ) -> Answer<api::Department> {
        command(request, |call, asked| update_department::run(self, call, asked)).await
    }

    async fn create_person(
        &self,
        request: Request<api::CreatePersonRequest>,
    ) -> Answer<api::Person> {
        command(request, |call, asked| create_person::run(self, call, asked)).await
    }

    async fn get_person(&self, request: Request<api::GetPersonRequest>) -> Answer<api::Person> {
        query(request, async |call, asked| get_person::run(self, &call, asked).await).await
    }

    async fn list_people(
        &self,
        request: Request<api::ListPeopleRequest>,
    ) -> Answer<api::ListPeopleResponse> {
        query(request, async |call, asked| list_people::run(self, &call, asked).await).await
    }

    async fn update_person(
        &self,
        request: Request<api::UpdatePersonRequest>,
    ) -> Answer<api::Person> {
        command(request, |call, asked| update_person::run(self, call, asked)).await
    }

    async fn delete_person(
        &self,
        request: Request<api::DeletePersonRequest>,
    ) -> Answer<api::Person> {
        command(request, |call, asked| delete_person::run(self, call, asked)).await
    }

    async fn undelete_person(
        &self,
        request: Request<api::UndeletePersonRequest>,
    ) -> Answer<api::Person> {
        command(request, |call, asked| undelete_person::run(self, call, asked)).await
    }

    async fn create_role(&self, request: Request<api::CreateRoleRequest>) -> Answer<api::Role> {
        command(request, |call, asked| create_role::run(self, call, asked)).await
    }

    async fn get_role(&self, request: Request<api::GetRoleRequest>) -> Answer<api::Role> {
        query(request, async |call, asked| get_role::run(self, &call, asked).await).await
    }

    async fn list_roles(
        &self,
        request: Request<api::ListRolesRequest>,
    ) -> Answer<api::ListRolesResponse> {
        query(request, async |call, asked| list_roles::run(self, &call, asked).await).await
    }

    async fn update_role(&self, request: Request<api::UpdateRoleRequest>) -> Answer<api::Role> {
        command(request, |call, asked| update_role::run(self, call, asked)).await
    }
}

#[async_trait]
impl CalendarsService for Gateway {
    async fn create_calendar(
        &self,
        request: Request<api::CreateCalendarRequest>,
    ) -> Answer<api::Calendar> {
        command(request, |call, asked| create_calendar::run(self, call, asked)).await
    }

    async fn get_calendar(
        &self,
        request: Request<api::GetCalendarRequest>,
    ) -> Answer<api::Calendar> {
        query(request, async |call, asked| get_calendar::run(self, &call, asked).await).await
    }

    async fn list_calendars(
        &self,
        request: Request<api::ListCalendarsRequest>,
    ) -> Answer<api::ListCalendarsResponse> {
        query(request, async |call, asked| list_calendars::run(self, &call, asked).await).await
    }

    async fn update_calendar(
        &self,
        request: Request<api::UpdateCalendarRequest>,
    ) -> Answer<api::Calendar> {
        command(request, |call, asked| update_calendar::run(self, call, asked)).await
    }
}

#[async_trait]
impl KeysService for Gateway {
    async fn create_key(
        &self,
        request: Request<api::CreateKeyRequest>,
    ) -> Answer<api::CreateKeyResponse> {
        command(request, |call, asked| create_key::run(self, call, asked)).await
    }

    async fn rotate_key(
        &self,
        request: Request<api::RotateKeyRequest>,
    ) -> Answer<api::RotateKeyResponse> {
        command(request, |call, asked| rotate_key::run(self, call, asked)).await
    }

    async fn revoke_key(&self, request: Request<api::RevokeKeyRequest>) -> Answer<api::Key> {
        command(request, |call, asked| revoke_key::run(self, call, asked)).await
    }

    async fn get_key(&self, request: Request<api::GetKeyRequest>) -> Answer<api::Key> {
        query(request, async |call, asked| get_key::run(self, &call, asked).await).await
    }

    async fn list_keys(
        &self,
        request: Request<api::ListKeysRequest>,
    ) -> Answer<api::ListKeysResponse> {
        query(request, async |call, asked| list_keys::run(self, &call, asked).await).await
    }
}

#[async_trait]
impl IssuersService for Gateway {
    async fn create_issuer(
        &self,
        request: Request<api::CreateIssuerRequest>,
    ) -> Answer<api::Issuer> {
        command(request, |call, asked| create_issuer::run(self, call, asked)).await
    }

    async fn get_issuer(&self, request: Request<api::GetIssuerRequest>) -> Answer<api::Issuer> {
        query(request, async |call, asked| get_issuer::run(self, &call, asked).await).await
    }

    async fn list_issuers(
        &self,
        request: Request<api::ListIssuersRequest>,
    ) -> Answer<api::ListIssuersResponse> {
        query(request, async |call, asked| list_issuers::run(self, &call, asked).await).await
    }

    async fn update_issuer(
        &self,
        request: Request<api::UpdateIssuerRequest>,
    ) -> Answer<api::Issuer> {
        command(request, |call, asked| update_issuer::run(self, call, asked)).await
    }

    async fn delete_issuer(
        &self,
        request: Request<api::DeleteIssuerRequest>,
    ) -> Answer<api::Issuer> {
        command(request, |call, asked| delete_issuer::run(self, call, asked)).await
    }
}

#[async_trait]
impl IdentityService for Gateway {
    async fn who_am_i(&self, request: Request<api::WhoAmIRequest>) -> Answer<api::WhoAmIResponse> {
        query(request, async |call, asked| who_am_i::run(self, &call, asked).await).await
    }
}
