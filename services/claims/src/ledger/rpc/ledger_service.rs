//! The service's trait: each RPC delegates to the file of its name.

use kefu_api_claims::v1::ledger_service_server::LedgerService;
use kefu_api_claims::v1::*;
use kefu_rpc::{Answer, command, query};
use tonic::Request;

use super::*;
use crate::service::Claims;

#[tonic::async_trait]
impl LedgerService for Claims {
    async fn set_reserve(&self, request: Request<SetReserveRequest>) -> Answer<Claim> {
        command(request, |call, message| set_reserve::run(self, call, message)).await
    }

    async fn get_claim_balances(
        &self,
        request: Request<GetClaimBalancesRequest>,
    ) -> Answer<ClaimBalances> {
        query(request, |call, message| get_claim_balances::run(self, call, message)).await
    }

    async fn list_accounts(
        &self,
        request: Request<ListAccountsRequest>,
    ) -> Answer<ListAccountsResponse> {
        query(request, |call, message| list_accounts::run(self, call, message)).await
    }

    async fn list_postings(
        &self,
        request: Request<ListPostingsRequest>,
    ) -> Answer<ListPostingsResponse> {
        query(request, |call, message| list_postings::run(self, call, message)).await
    }

    async fn reverse_posting(
        &self,
        request: Request<ReversePostingRequest>,
    ) -> Answer<ClaimBalances> {
        command(request, |call, message| reverse_posting::run(self, call, message)).await
    }

    async fn add_claim_payee(&self, request: Request<AddClaimPayeeRequest>) -> Answer<Claim> {
        command(request, |call, message| add_claim_payee::run(self, call, message)).await
    }

    async fn prepare_settlement(
        &self,
        request: Request<PrepareSettlementRequest>,
    ) -> Answer<Claim> {
        command(request, |call, message| prepare_settlement::run(self, call, message)).await
    }

    async fn order_claim_payment(
        &self,
        request: Request<OrderClaimPaymentRequest>,
    ) -> Answer<ClaimPaymentResponse> {
        command(request, |call, message| order_claim_payment::run(self, call, message)).await
    }

    async fn confirm_claim_payment(
        &self,
        request: Request<ConfirmClaimPaymentRequest>,
    ) -> Answer<ClaimPaymentResponse> {
        command(request, |call, message| confirm_claim_payment::run(self, call, message)).await
    }

    async fn fail_claim_payment(
        &self,
        request: Request<FailClaimPaymentRequest>,
    ) -> Answer<ClaimPaymentResponse> {
        command(request, |call, message| fail_claim_payment::run(self, call, message)).await
    }

    async fn get_claim_payment(
        &self,
        request: Request<GetClaimPaymentRequest>,
    ) -> Answer<ClaimPayment> {
        query(request, |call, message| get_claim_payment::run(self, call, message)).await
    }

    async fn list_claim_payments(
        &self,
        request: Request<ListClaimPaymentsRequest>,
    ) -> Answer<ListClaimPaymentsResponse> {
        query(request, |call, message| list_claim_payments::run(self, call, message)).await
    }

    async fn open_recovery(
        &self,
        request: Request<OpenRecoveryRequest>,
    ) -> Answer<RecoveryResponse> {
        command(request, |call, message| open_recovery::run(self, call, message)).await
    }

    async fn record_recovery(
        &self,
        request: Request<RecordRecoveryRequest>,
    ) -> Answer<RecoveryResponse> {
        command(request, |call, message| record_recovery::run(self, call, message)).await
    }

    async fn close_recovery(
        &self,
        request: Request<CloseRecoveryRequest>,
    ) -> Answer<RecoveryResponse> {
        command(request, |call, message| close_recovery::run(self, call, message)).await
    }

    async fn list_recoveries(
        &self,
        request: Request<ListRecoveriesRequest>,
    ) -> Answer<ListRecoveriesResponse> {
        query(request, |call, message| list_recoveries::run(self, call, message)).await
    }

    async fn check_ledger(
        &self,
        request: Request<CheckLedgerRequest>,
    ) -> Answer<CheckLedgerResponse> {
        query(request, |call, message| check_ledger::run(self, call, message)).await
    }
}
