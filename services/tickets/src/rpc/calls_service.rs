//! The calls' trait: each RPC delegates to the file of its name.

use kefu_api_tickets::v1::calls_service_server::CallsService;
use kefu_api_tickets::v1::{
    Call, GetCallRequest, ListCallsRequest, ListCallsResponse, RecordCallEventsRequest,
    RecordCallEventsResponse,
};
use kefu_rpc::{Answer, command, query};
use tonic::Request;

use super::{get_call, list_calls, record_call_events};
use crate::service::Tickets;

#[tonic::async_trait]
impl CallsService for Tickets {
    async fn record_call_events(
        &self,
        request: Request<RecordCallEventsRequest>,
    ) -> Answer<RecordCallEventsResponse> {
        command(request, |call, message| record_call_events::run(self, call, message)).await
    }

    async fn get_call(&self, request: Request<GetCallRequest>) -> Answer<Call> {
        query(request, |call, message| get_call::run(self, call, message)).await
    }

    async fn list_calls(&self, request: Request<ListCallsRequest>) -> Answer<ListCallsResponse> {
        query(request, |call, message| list_calls::run(self, call, message)).await
    }
}
