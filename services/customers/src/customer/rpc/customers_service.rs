//! The service's trait: each RPC delegates to the file of its name.

use kefu_api_customers::v1::customers_service_server::CustomersService;
use kefu_api_customers::v1::*;
use kefu_rpc::{Answer, command, query};
use tonic::Request;

use super::*;
use crate::service::Customers;

#[tonic::async_trait]
impl CustomersService for Customers {
    async fn create_customer(&self, request: Request<CreateCustomerRequest>) -> Answer<Customer> {
        command(request, |call, message| create_customer::run(self, call, message)).await
    }

    async fn update_customer(&self, request: Request<UpdateCustomerRequest>) -> Answer<Customer> {
        command(request, |call, message| update_customer::run(self, call, message)).await
    }

    async fn add_contact_point(
        &self,
        request: Request<AddContactPointRequest>,
    ) -> Answer<Customer> {
        command(request, |call, message| add_contact_point::run(self, call, message)).await
    }

    async fn verify_contact_point(
        &self,
        request: Request<VerifyContactPointRequest>,
    ) -> Answer<Customer> {
        command(request, |call, message| verify_contact_point::run(self, call, message)).await
    }

    async fn remove_contact_point(
        &self,
        request: Request<RemoveContactPointRequest>,
    ) -> Answer<Customer> {
        command(request, |call, message| remove_contact_point::run(self, call, message)).await
    }

    async fn record_consent(&self, request: Request<RecordConsentRequest>) -> Answer<Customer> {
        command(request, |call, message| record_consent::run(self, call, message)).await
    }

    async fn set_lifecycle_stage(
        &self,
        request: Request<SetLifecycleStageRequest>,
    ) -> Answer<Customer> {
        command(request, |call, message| set_lifecycle_stage::run(self, call, message)).await
    }

    async fn assign_customer(&self, request: Request<AssignCustomerRequest>) -> Answer<Customer> {
        command(request, |call, message| assign_customer::run(self, call, message)).await
    }

    async fn put_customer_on_list(
        &self,
        request: Request<PutCustomerOnListRequest>,
    ) -> Answer<Customer> {
        command(request, |call, message| put_customer_on_list::run(self, call, message)).await
    }

    async fn take_customer_off_list(
        &self,
        request: Request<TakeCustomerOffListRequest>,
    ) -> Answer<Customer> {
        command(request, |call, message| take_customer_off_list::run(self, call, message)).await
    }

    async fn merge_customers(&self, request: Request<MergeCustomersRequest>) -> Answer<Customer> {
        command(request, |call, message| merge_customers::run(self, call, message)).await
    }

    async fn undo_customer_merge(
        &self,
        request: Request<UndoCustomerMergeRequest>,
    ) -> Answer<Customer> {
        command(request, |call, message| undo_customer_merge::run(self, call, message)).await
    }

    async fn erase_customer(&self, request: Request<EraseCustomerRequest>) -> Answer<Customer> {
        command(request, |call, message| erase_customer::run(self, call, message)).await
    }

    async fn dismiss_duplicate(
        &self,
        request: Request<DismissDuplicateRequest>,
    ) -> Answer<DismissDuplicateResponse> {
        command(request, |call, message| dismiss_duplicate::run(self, call, message)).await
    }

    async fn import_customers(
        &self,
        request: Request<ImportCustomersRequest>,
    ) -> Answer<ImportCustomersResponse> {
        command(request, |call, message| import_customers::run(self, call, message)).await
    }

    async fn get_customer(&self, request: Request<GetCustomerRequest>) -> Answer<Customer> {
        query(request, |call, message| get_customer::run(self, call, message)).await
    }

    async fn list_customers(
        &self,
        request: Request<ListCustomersRequest>,
    ) -> Answer<ListCustomersResponse> {
        query(request, |call, message| list_customers::run(self, call, message)).await
    }

    async fn find_customers(
        &self,
        request: Request<FindCustomersRequest>,
    ) -> Answer<FindCustomersResponse> {
        query(request, |call, message| find_customers::run(self, call, message)).await
    }

    async fn list_consent_history(
        &self,
        request: Request<ListConsentHistoryRequest>,
    ) -> Answer<ListConsentHistoryResponse> {
        query(request, |call, message| list_consent_history::run(self, call, message)).await
    }

    async fn list_duplicate_candidates(
        &self,
        request: Request<ListDuplicateCandidatesRequest>,
    ) -> Answer<ListDuplicateCandidatesResponse> {
        query(request, |call, message| list_duplicate_candidates::run(self, call, message)).await
    }

    async fn list_customer_history(
        &self,
        request: Request<ListCustomerHistoryRequest>,
    ) -> Answer<ListCustomerHistoryResponse> {
        query(request, |call, message| list_customer_history::run(self, call, message)).await
    }
}
