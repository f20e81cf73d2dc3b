//! REST before the real stack and real generated servers: permission, deadline and validation are the
//! stack's, and a REST caller meets them as a gRPC caller does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kefu_api_gateway::v1::identity_service_server::{IdentityService, IdentityServiceServer};
use kefu_api_gateway::v1::{WhoAmIRequest, WhoAmIResponse};
use kefu_api_tickets::v1::calls_service_server::{CallsService, CallsServiceServer};
use kefu_api_tickets::v1::{
    Call, GetCallRequest, ListCallsRequest, ListCallsResponse, RecordCallEventsRequest,
    RecordCallEventsResponse,
};
use kefu_kernel::Ambient;
use kefu_rpc::{
    Answer, Authentication, Mount, Roles, RpcError, StackConfig, StackLimits, query, server,
};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tonic::Request;

use super::fixture::{request, send};
use crate::rest::{Api, ApiError, Limits, router};

struct Services;

#[tonic::async_trait]
impl IdentityService for Services {
    async fn who_am_i(&self, request: Request<WhoAmIRequest>) -> Answer<WhoAmIResponse> {
        query(request, async |call, _| {
            let seconds = call.remaining().as_secs_f64().ceil();
            Ok::<_, RpcError>(WhoAmIResponse {
                principal_id: call.principal().id.clone(),
                name: format!("{seconds} s left"),
                ..Default::default()
            })
        })
        .await
    }
}

#[tonic::async_trait]
impl CallsService for Services {
    async fn get_call(&self, request: Request<GetCallRequest>) -> Answer<Call> {
        query(request, async |_, asked| {
            Ok::<_, RpcError>(Call { id: asked.call_id, etag: "3".into(), ..Default::default() })
        })
        .await
    }

    async fn list_calls(&self, _: Request<ListCallsRequest>) -> Answer<ListCallsResponse> {
        panic!("a defect of the handler");
    }

    async fn record_call_events(
        &self,
        request: Request<RecordCallEventsRequest>,
    ) -> Answer<RecordCallEventsResponse> {
        query(request, async |_, _| Ok::<_, RpcError>(Default::default())).await
    }
}

fn guarded() -> kefu_rpc::Guarded {
    let may = ["gateway.who_am_i", "tickets.read_calls"].map(str::to_owned);
    let roles = BTreeMap::from([("public".to_owned(), BTreeSet::from(may))]);
    let identity = server!(IdentityServiceServer::new(Services));
    let calls = server!(CallsServiceServer::new(Services));
    let mount = Mount::new().add(identity, kefu_api_gateway::FILE_DESCRIPTOR_SET);
    let mount = mount.and_then(|mount| mount.add(calls, kefu_api_tickets::FILE_DESCRIPTOR_SET));
    mount.expect("the services are mounted").guard(StackConfig {
        authentication: Authentication::or_public(),
        roles: Roles::new(roles),
        limits: StackLimits::default(),
        fingerprint_key: [7; 32],
        draining: CancellationToken::new(),
        ambient: Ambient::system(),
    })
}

fn rest() -> axum::Router {
    let guarded = guarded();
    let api = Arc::new(crate::interface().expect("Kefu's HTTP rules compile"));
    router(api, Limits::default(), |_| Some(guarded.clone())).expect("everything is served")
}

const CALL: &str = "call_01h455vb4pex5vsknk084sn02q";

#[tokio::test]
async fn a_call_passes_the_stack_with_its_deadline() {
    let answer = send(&rest(), request("GET", "/v1/me", &[("request-timeout", "7")], "")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(
        (&answer.json()["principalId"], &answer.json()["name"]),
        (&json!("public"), &json!("7 s left"))
    );
    let answer = send(&rest(), request("GET", &format!("/v1/calls/{CALL}"), &[], "")).await;
    assert_eq!((answer.status, answer.header("etag")), (200, "\"3\""), "{}", answer.text);
    assert_eq!(answer.json()["id"], CALL);
}

#[tokio::test]
async fn validation_answers_in_the_transcoders_form() {
    let answer = send(&rest(), request("GET", "/v1/calls/nope", &[], "")).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    let fields: Vec<String> = answer.violations().into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["call_id"]);
    assert_eq!(answer.json()["error"]["details"][0]["reason"], "VALIDATION_FAILED");
}

#[tokio::test]
async fn rights_and_defects_are_told_by_status() {
    let answer = send(&rest(), request("POST", "/v1/calls:record", &[], "{}")).await;
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (401, "Bearer"),
        "{}",
        answer.text
    );
    assert_eq!(answer.json()["error"]["details"][0]["reason"], "CREDENTIALS_MISSING");
    let bearer = [("authorization", "Bearer nobody's")];
    let answer = send(&rest(), request("GET", "/v1/me", &bearer, "")).await;
    assert_eq!(answer.status, 401, "{}", answer.text);
    let answer = send(&rest(), request("GET", "/v1/calls", &[], "")).await;
    assert_eq!(answer.status, 500, "{}", answer.text);
    assert!(!answer.text.contains("handler"), "a panic's text is not told: {}", answer.text);
    let answer = send(&rest(), request("GET", "/v1/live-board", &[], "")).await;
    assert_eq!(answer.status, 501, "not mounted here: {}", answer.text);
}

#[tokio::test]
async fn a_service_that_nothing_serves_stops_the_start() {
    let api = Arc::new(Api::compile([kefu_api_gateway::FILE_DESCRIPTOR_SET]).unwrap());
    let refused = router(api, Limits::default(), |_| None::<kefu_rpc::Guarded>).err();
    assert!(matches!(&refused, Some(ApiError::Unserved { .. })), "{refused:?}");
}
