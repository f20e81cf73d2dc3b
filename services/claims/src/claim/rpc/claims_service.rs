//! The service's trait: each RPC delegates to the file of its name.

use std::future::ready;

use kefu_api_claims::v1::claims_service_server::ClaimsService;
use kefu_api_claims::v1::*;
use kefu_rpc::{Answer, Replies, command, query, watch};
use tonic::Request;

use super::*;
use crate::Error;
use crate::service::Claims;

#[tonic::async_trait]
impl ClaimsService for Claims {
    async fn create_claim(&self, request: Request<CreateClaimRequest>) -> Answer<Claim> {
        command(request, |call, message| create_claim::run(self, call, message)).await
    }

    async fn get_claim(&self, request: Request<GetClaimRequest>) -> Answer<Claim> {
        query(request, |call, message| get_claim::run(self, call, message)).await
    }

    async fn list_claims(&self, request: Request<ListClaimsRequest>) -> Answer<ListClaimsResponse> {
        query(request, |call, message| list_claims::run(self, call, message)).await
    }

    async fn update_claim(&self, request: Request<UpdateClaimRequest>) -> Answer<Claim> {
        command(request, |call, message| update_claim::run(self, call, message)).await
    }

    async fn submit_claim(&self, request: Request<SubmitClaimRequest>) -> Answer<Claim> {
        command(request, |call, message| submit_claim::run(self, call, message)).await
    }

    async fn acknowledge_claim(&self, request: Request<AcknowledgeClaimRequest>) -> Answer<Claim> {
        command(request, |call, message| acknowledge_claim::run(self, call, message)).await
    }

    async fn assign_claim(&self, request: Request<AssignClaimRequest>) -> Answer<Claim> {
        command(request, |call, message| assign_claim::run(self, call, message)).await
    }

    async fn start_claim_investigation(
        &self,
        request: Request<StartClaimInvestigationRequest>,
    ) -> Answer<Claim> {
        command(request, |call, message| start_claim_investigation::run(self, call, message)).await
    }

    async fn request_claim_documents(
        &self,
        request: Request<RequestClaimDocumentsRequest>,
    ) -> Answer<Claim> {
        command(request, |call, message| request_claim_documents::run(self, call, message)).await
    }

    async fn resume_claim_investigation(
        &self,
        request: Request<ResumeClaimInvestigationRequest>,
    ) -> Answer<Claim> {
        command(request, |call, message| resume_claim_investigation::run(self, call, message)).await
    }

    async fn add_claim_evidence(&self, request: Request<AddClaimEvidenceRequest>) -> Answer<Claim> {
        command(request, |call, message| add_claim_evidence::run(self, call, message)).await
    }

    async fn record_evidence_custody(
        &self,
        request: Request<RecordEvidenceCustodyRequest>,
    ) -> Answer<Claim> {
        command(request, |call, message| record_evidence_custody::run(self, call, message)).await
    }

    async fn withdraw_evidence(&self, request: Request<WithdrawEvidenceRequest>) -> Answer<Claim> {
        command(request, |call, message| withdraw_evidence::run(self, call, message)).await
    }

    async fn waive_checklist_item(
        &self,
        request: Request<WaiveChecklistItemRequest>,
    ) -> Answer<Claim> {
        command(request, |call, message| waive_checklist_item::run(self, call, message)).await
    }

    async fn add_exposure(&self, request: Request<AddExposureRequest>) -> Answer<Claim> {
        command(request, |call, message| add_exposure::run(self, call, message)).await
    }

    async fn assess_claim(&self, request: Request<AssessClaimRequest>) -> Answer<Claim> {
        command(request, |call, message| assess_claim::run(self, call, message)).await
    }

    async fn link_claims(&self, request: Request<LinkClaimsRequest>) -> Answer<Claim> {
        command(request, |call, message| link_claims::run(self, call, message)).await
    }

    async fn unlink_claims(&self, request: Request<UnlinkClaimsRequest>) -> Answer<Claim> {
        command(request, |call, message| unlink_claims::run(self, call, message)).await
    }

    async fn appeal_claim(&self, request: Request<AppealClaimRequest>) -> Answer<Claim> {
        command(request, |call, message| appeal_claim::run(self, call, message)).await
    }

    async fn withdraw_claim(&self, request: Request<WithdrawClaimRequest>) -> Answer<Claim> {
        command(request, |call, message| withdraw_claim::run(self, call, message)).await
    }

    async fn close_claim(&self, request: Request<CloseClaimRequest>) -> Answer<Claim> {
        command(request, |call, message| close_claim::run(self, call, message)).await
    }

    async fn reopen_claim(&self, request: Request<ReopenClaimRequest>) -> Answer<Claim> {
        command(request, |call, message| reopen_claim::run(self, call, message)).await
    }

    async fn list_claim_history(
        &self,
        request: Request<ListClaimHistoryRequest>,
    ) -> Answer<ListClaimHistoryResponse> {
        query(request, |call, message| list_claim_history::run(self, call, message)).await
    }

    type WatchClaimsStream = Replies<WatchClaimsResponse>;

    async fn watch_claims(
        &self,
        request: Request<WatchClaimsRequest>,
    ) -> Answer<Self::WatchClaimsStream> {
        watch(request, |call, message| watch_claims::run(self, call, message)).await
    }

    async fn explain_claim_clocks(
        &self,
        request: Request<ExplainClaimClocksRequest>,
    ) -> Answer<ExplainClaimClocksResponse> {
        query(request, |call, message| explain_claim_clocks::run(self, call, message)).await
    }

    async fn list_claim_types(
        &self,
        request: Request<ListClaimTypesRequest>,
    ) -> Answer<ListClaimTypesResponse> {
        query(request, |_, _| ready(Ok::<_, Error>(list_claim_types::run(self)))).await
    }
}
