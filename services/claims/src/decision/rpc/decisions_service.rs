//! The service's trait: each RPC delegates to the file of its name.

use kefu_api_claims::v1::decisions_service_server::DecisionsService;
use kefu_api_claims::v1::*;
use kefu_rpc::{Answer, command, query};
use tonic::Request;

use super::*;
use crate::service::Claims;

#[tonic::async_trait]
impl DecisionsService for Claims {
    async fn propose_decision(&self, request: Request<ProposeDecisionRequest>) -> Answer<Claim> {
        command(request, |call, message| propose_decision::run(self, call, message)).await
    }

    async fn sign_decision(&self, request: Request<SignDecisionRequest>) -> Answer<Claim> {
        command(request, |call, message| sign_decision::run(self, call, message)).await
    }

    async fn refuse_decision(&self, request: Request<RefuseDecisionRequest>) -> Answer<Claim> {
        command(request, |call, message| refuse_decision::run(self, call, message)).await
    }

    async fn withdraw_decision(&self, request: Request<WithdrawDecisionRequest>) -> Answer<Claim> {
        command(request, |call, message| withdraw_decision::run(self, call, message)).await
    }

    async fn explain_authority(
        &self,
        request: Request<ExplainAuthorityRequest>,
    ) -> Answer<ExplainAuthorityResponse> {
        query(request, |call, message| explain_authority::run(self, call, message)).await
    }

    async fn create_authority_limit(
        &self,
        request: Request<CreateAuthorityLimitRequest>,
    ) -> Answer<AuthorityLimit> {
        command(request, |call, message| create_authority_limit::run(self, call, message)).await
    }

    async fn end_authority_limit(
        &self,
        request: Request<EndAuthorityLimitRequest>,
    ) -> Answer<AuthorityLimit> {
        command(request, |call, message| end_authority_limit::run(self, call, message)).await
    }

    async fn list_authority_limits(
        &self,
        request: Request<ListAuthorityLimitsRequest>,
    ) -> Answer<ListAuthorityLimitsResponse> {
        query(request, |call, message| list_authority_limits::run(self, call, message)).await
    }

    async fn create_delegation(
        &self,
        request: Request<CreateDelegationRequest>,
    ) -> Answer<Delegation> {
        command(request, |call, message| create_delegation::run(self, call, message)).await
    }

    async fn revoke_delegation(
        &self,
        request: Request<RevokeDelegationRequest>,
    ) -> Answer<Delegation> {
        command(request, |call, message| revoke_delegation::run(self, call, message)).await
    }

    async fn list_delegations(
        &self,
        request: Request<ListDelegationsRequest>,
    ) -> Answer<ListDelegationsResponse> {
        query(request, |call, message| list_delegations::run(self, call, message)).await
    }
}
