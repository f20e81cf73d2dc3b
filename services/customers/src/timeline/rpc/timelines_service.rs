//! The service's trait: each RPC delegates to the file of its name.

use kefu_api_customers::v1::timelines_service_server::TimelinesService;
use kefu_api_customers::v1::*;
use kefu_rpc::{Answer, Replies, query, watch};
use tonic::Request;

use super::*;
use crate::service::Customers;

#[tonic::async_trait]
impl TimelinesService for Customers {
    async fn list_timeline(
        &self,
        request: Request<ListTimelineRequest>,
    ) -> Answer<ListTimelineResponse> {
        query(request, |call, message| list_timeline::run(self, call, message)).await
    }

    type WatchTimelineStream = Replies<WatchTimelineResponse>;

    async fn watch_timeline(
        &self,
        request: Request<WatchTimelineRequest>,
    ) -> Answer<Self::WatchTimelineStream> {
        watch(request, |call, message| watch_timeline::run(self, call, message)).await
    }
}
