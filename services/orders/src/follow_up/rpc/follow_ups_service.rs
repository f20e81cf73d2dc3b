//! The service's trait: each RPC delegates to the file of its name.

use kefu_api_orders::v1::follow_ups_service_server::FollowUpsService;
use kefu_api_orders::v1::*;
use kefu_rpc::{Answer, command, query};
use tonic::Request;

use super::*;
use crate::service::Orders;

#[tonic::async_trait]
impl FollowUpsService for Orders {
    async fn create_follow_up(&self, request: Request<CreateFollowUpRequest>) -> Answer<FollowUp> {
        command(request, |call, message| create_follow_up::run(self, call, message)).await
    }

    async fn get_follow_up(&self, request: Request<GetFollowUpRequest>) -> Answer<FollowUp> {
        query(request, |call, message| get_follow_up::run(self, call, message)).await
    }

    async fn list_follow_ups(
        &self,
        request: Request<ListFollowUpsRequest>,
    ) -> Answer<ListFollowUpsResponse> {
        query(request, |call, message| list_follow_ups::run(self, call, message)).await
    }

    async fn assign_follow_up(&self, request: Request<AssignFollowUpRequest>) -> Answer<FollowUp> {
        command(request, |call, message| assign_follow_up::run(self, call, message)).await
    }

    async fn record_follow_up_check(
        &self,
        request: Request<RecordFollowUpCheckRequest>,
    ) -> Answer<FollowUp> {
        command(request, |call, message| record_follow_up_check::run(self, call, message)).await
    }

    async fn cancel_follow_up(&self, request: Request<CancelFollowUpRequest>) -> Answer<FollowUp> {
        command(request, |call, message| cancel_follow_up::run(self, call, message)).await
    }

    async fn explain_follow_up_clocks(
        &self,
        request: Request<ExplainFollowUpClocksRequest>,
    ) -> Answer<ExplainFollowUpClocksResponse> {
        query(request, |call, message| explain_follow_up_clocks::run(self, call, message)).await
    }
}
