//! The server's codec, through a generated server and client: what is invalid never reaches a handler.

use kefu_api_common::v1::ErrorReason;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_types::StatusExt;

use crate::v1::rules_service_client::RulesServiceClient;
use crate::v1::rules_service_server::{RulesService, RulesServiceServer};
use crate::v1::{CheckRequest, CheckResponse, Required};

struct Service;

#[tonic::async_trait]
impl RulesService for Service {
    async fn check(&self, _: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        Ok(Response::new(CheckResponse {}))
    }

    async fn check_many(
        &self,
        request: Request<Streaming<CheckRequest>>,
    ) -> Result<Response<CheckResponse>, Status> {
        let mut stream = request.into_inner();
        while stream.message().await?.is_some() {}
        Ok(Response::new(CheckResponse {}))
    }
}

fn client() -> RulesServiceClient<RulesServiceServer<Service>> {
    RulesServiceClient::new(RulesServiceServer::new(Service))
}

fn invalid() -> CheckRequest {
    CheckRequest {
        s_max: Some("long".into()),
        required: Some(Required::default()),
        ..CheckRequest::default()
    }
}

#[tokio::test]
async fn every_violation_is_told_with_its_reason() {
    let status = client().check(invalid()).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(status.message(), "s_max must have at most 3 characters (and 6 more)");
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!((info.reason.as_str(), info.domain.as_str()), ("VALIDATION_FAILED", "kefu"));
    let violations = &details.bad_request().unwrap().field_violations;
    assert_eq!(violations.len(), 7);
    assert_eq!(violations[0].field, "s_max");
    assert_eq!(violations[0].reason, "string.max_len");
    assert_eq!(violations[6].field, "required.choice");
}

#[tokio::test]
async fn what_is_wrong_is_told_up_to_a_bound_and_that_there_is_more() {
    let wrong = |entries: usize| CheckRequest {
        // Too long, and too many.
        map: (0..entries)
            .map(|n| (format!("{n}{}", "Ä".repeat(500)), Default::default()))
            .collect(),
        ..CheckRequest::default()
    };
    let status = client().check(wrong(1_000)).await.unwrap_err();
    assert!(status.message().ends_with("(and 100 more at least)"), "{}", status.message());
    let headers = status.clone().into_http::<()>();
    let bytes: usize = headers.headers().values().map(|value| value.len()).sum();
    assert!(bytes < 7_500, "{bytes}");
    let details = status.get_error_details();
    let told = details.bad_request().unwrap().field_violations.len();
    let left_out: usize =
        details.error_info().unwrap().metadata["violations_left_out"].parse().unwrap();
    assert!(told > 10);
    assert_eq!(told + left_out, 101, "what is known to be wrong");

    let status = client().check(wrong(3)).await.unwrap_err();
    let details = status.get_error_details();
    assert_eq!(details.bad_request().unwrap().field_violations.len(), 4);
    assert!(details.error_info().unwrap().metadata.is_empty(), "nothing is left out");
}

#[tokio::test]
async fn what_is_valid_is_passed_on() {
    client().check(CheckRequest::default()).await.unwrap();
}

#[tokio::test]
async fn each_message_of_a_stream_is_checked() {
    let of = |messages: Vec<CheckRequest>| tokio_stream::iter(messages);
    let mut client = client();
    client.check_many(of(vec![CheckRequest::default(); 3])).await.unwrap();
    let messages = vec![CheckRequest::default(), invalid()];
    let status = client.check_many(of(messages)).await.unwrap_err();
    assert_eq!(status.get_error_details().error_info().unwrap().reason, "VALIDATION_FAILED");
}

#[tokio::test]
async fn what_cannot_be_decoded_is_the_callers_fault() {
    let mut grpc = tonic::client::Grpc::new(RulesServiceServer::new(Service));
    let path = http::uri::PathAndQuery::from_static("/kefu.fixture.v1.RulesService/Check");
    // Field 1 as a number, where it is a text.
    let codec =
        tonic_prost::ProstCodec::<kefu_api_common::v1::PartitionPosition, CheckResponse>::new();
    let wrong = kefu_api_common::v1::PartitionPosition { partition: 1, position: 1 };
    let status = grpc.unary(Request::new(wrong), path, codec).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let info = status.get_error_details();
    assert_eq!(info.error_info().unwrap().reason, ErrorReason::MalformedRequest.text());
}
