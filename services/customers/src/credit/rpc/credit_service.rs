//! The service's trait: each RPC delegates to the file of its name.

use kefu_api_customers::v1::credit_service_server::CreditService;
use kefu_api_customers::v1::*;
use kefu_rpc::{Answer, command, query};
use tonic::Request;

use super::*;
use crate::service::Customers;

#[tonic::async_trait]
impl CreditService for Customers {
    async fn get_credit(&self, request: Request<GetCreditRequest>) -> Answer<Credit> {
        query(request, |call, message| get_credit::run(self, call, message)).await
    }

    async fn check_credit(
        &self,
        request: Request<CheckCreditRequest>,
    ) -> Answer<CheckCreditResponse> {
        query(request, |call, message| check_credit::run(self, call, message)).await
    }

    async fn record_credit_investigation(
        &self,
        request: Request<RecordCreditInvestigationRequest>,
    ) -> Answer<Credit> {
        command(request, |call, message| record_credit_investigation::run(self, call, message))
            .await
    }

    async fn set_arrears(&self, request: Request<SetArrearsRequest>) -> Answer<Credit> {
        command(request, |call, message| set_arrears::run(self, call, message)).await
    }

    async fn hold_credit(&self, request: Request<HoldCreditRequest>) -> Answer<Credit> {
        command(request, |call, message| hold_credit::run(self, call, message)).await
    }

    async fn release_credit_hold(
        &self,
        request: Request<ReleaseCreditHoldRequest>,
    ) -> Answer<Credit> {
        command(request, |call, message| release_credit_hold::run(self, call, message)).await
    }

    async fn list_credit_history(
        &self,
        request: Request<ListCreditHistoryRequest>,
    ) -> Answer<ListCreditHistoryResponse> {
        query(request, |call, message| list_credit_history::run(self, call, message)).await
    }
}
