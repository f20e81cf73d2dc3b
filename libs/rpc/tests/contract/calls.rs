//! Unary calls: what reaches the handler, what comes back, and how it ends when it goes wrong.

use std::time::Duration;

use kefu_rpc::Failure;
use kefu_rpc_fixture::v1::{Act, ChangeRequest, EchoRequest};
use tonic::{Code, Request, Status};

use crate::world::World;

crate::in_both_shapes!(
    a_call_reaches_the_handler_as_its_caller,
    every_violation_is_told_at_once,
    a_fault_of_the_domain_keeps_its_details,
    an_unknown_method_is_unimplemented,
    a_panic_is_internal_and_kills_nothing,
    a_deadline_ends_the_call_and_its_handler,
    the_deadline_is_passed_on,
    a_malformed_timeout_is_refused,
    a_command_has_its_key_and_a_fingerprint_without_it,
    a_message_over_the_limit_is_refused,
    a_dropped_call_ends_its_handler,
    the_callers_trace_reaches_the_command,
);

pub fn echo(text: &str) -> EchoRequest {
    EchoRequest { text: text.to_owned(), ..EchoRequest::default() }
}

pub fn acting(act: Act) -> EchoRequest {
    EchoRequest { act: act.into(), ..echo("x") }
}

pub fn failure<T: std::fmt::Debug>(result: Result<T, Status>) -> Failure {
    Failure::from(&result.expect_err("it must fail"))
}

async fn a_call_reaches_the_handler_as_its_caller(world: &World) {
    let reply = world.client("agent").echo(echo("hello")).await.unwrap().into_inner();
    assert_eq!((reply.text.as_str(), reply.caller.as_str()), ("hello", "key_agent"));
    assert_eq!(reply.on_behalf_of, "");
    assert!((1..=10_000).contains(&reply.remaining_ms), "ten seconds at most by default");
}

async fn every_violation_is_told_at_once(world: &World) {
    let wrong = EchoRequest { text: String::new(), act: 77, padding_bytes: -1 };
    let told = failure(world.client("agent").echo(wrong).await);
    assert_eq!((told.code, told.reason.as_str()), (Code::InvalidArgument, "VALIDATION_FAILED"));
    let fields: Vec<&str> = told.violations.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["text", "act", "padding_bytes"]);
    assert!(told.violations.iter().all(|one| !one.reason.is_empty()));
}

async fn a_fault_of_the_domain_keeps_its_details(world: &World) {
    let told = failure(world.client("agent").echo(acting(Act::Fail)).await);
    assert_eq!((told.code, told.reason.as_str()), (Code::FailedPrecondition, "TICKET_CLOSED"));
    assert_eq!(told.message, "the echo is closed");
    assert_eq!(told.preconditions, ["TICKET_CLOSED"]);
    assert!(!told.can_be_retried());
}

async fn an_unknown_method_is_unimplemented(world: &World) {
    for path in ["/kefu.fixture.v1.EchoService/Shout", "/kefu.other.v1.OtherService/Do"] {
        let mut grpc = tonic::client::Grpc::new(world.door());
        grpc.ready().await.unwrap();
        let codec = tonic_prost::ProstCodec::<EchoRequest, EchoRequest>::default();
        let path = http::uri::PathAndQuery::from_static(path);
        let told = failure(grpc.unary(Request::new(echo("x")), path, codec).await);
        assert_eq!((told.code, told.reason.as_str()), (Code::Unimplemented, "METHOD_UNKNOWN"));
    }
}

async fn a_panic_is_internal_and_kills_nothing(world: &World) {
    let mut client = world.client("agent");
    let told = failure(client.echo(acting(Act::Panic)).await);
    assert_eq!((told.code, told.reason.as_str()), (Code::Internal, "INTERNAL"));
    let id = told.request_id.expect("a defect is told by its id");
    assert_eq!(told.metadata.get("trace_id"), Some(&id));
    assert!(!told.message.contains("told to"), "{}", told.message);
    for _ in 0..4 {
        client.echo(echo("still there")).await.unwrap();
    }
}

async fn a_deadline_ends_the_call_and_its_handler(world: &World) {
    let mut request = Request::new(acting(Act::Hang));
    request.set_timeout(Duration::from_millis(200));
    let told = failure(world.client("agent").echo(request).await);
    assert_eq!((told.code, told.reason.as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
    for replica in &world.replicas {
        replica.echo.hang_count_is(0).await;
    }
}

async fn the_deadline_is_passed_on(world: &World) {
    let mut request = Request::new(acting(Act::Onward));
    request.set_timeout(Duration::from_secs(5));
    let reply = world.client("agent").echo(request).await.unwrap().into_inner();
    assert_eq!(reply.replica, "other");
    assert!((1..5_000).contains(&reply.remaining_ms), "{}", reply.remaining_ms);
    assert_eq!(reply.caller, "service:fixture", "a service calls in its own name");
    assert_eq!(reply.on_behalf_of, "key_agent", "and tells for whom");
}

async fn a_malformed_timeout_is_refused(world: &World) {
    let mut request = Request::new(echo("x"));
    request.metadata_mut().insert("grpc-timeout", "soon".parse().unwrap());
    let told = failure(world.client("agent").echo(request).await);
    assert_eq!((told.code, told.reason.as_str()), (Code::InvalidArgument, "MALFORMED_REQUEST"));
}

async fn a_command_has_its_key_and_a_fingerprint_without_it(world: &World) {
    let change = |request_id: &str, etag: &str, text: &str| ChangeRequest {
        request_id: request_id.into(),
        etag: etag.into(),
        text: text.into(),
    };
    let mut client = world.client("agent");
    let first = client.change(change("r1", "1", "a")).await.unwrap().into_inner();
    let again = client.change(change("r2", "2", "a")).await.unwrap().into_inner();
    let other = client.change(change("r1", "1", "b")).await.unwrap().into_inner();
    assert_eq!(first.rpc, "kefu.fixture.v1.EchoService/Change");
    assert_eq!((first.request_id.as_str(), again.request_id.as_str()), ("r1", "r2"));
    assert_eq!(first.fingerprint, again.fingerprint);
    assert_ne!(first.fingerprint, other.fingerprint);
}

async fn a_message_over_the_limit_is_refused(world: &World) {
    let mut client = world.client("agent");
    let told = failure(client.echo(echo(&"x".repeat(2 * 1024 * 1024))).await);
    assert_eq!((told.code, told.reason.as_str()), (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"));
    let large = EchoRequest { padding_bytes: 7 * 1024 * 1024, ..echo("x") };
    let reply = client.echo(large).await.unwrap().into_inner();
    assert_eq!(reply.padding.len(), 7 * 1024 * 1024);
    let too_large = EchoRequest { padding_bytes: 9 * 1024 * 1024, ..echo("x") };
    let told = failure(client.echo(too_large).await);
    assert_eq!(told.reason, "MESSAGE_TOO_LARGE", "{told:?}");
}

async fn a_dropped_call_ends_its_handler(world: &World) {
    let mut client = world.client("agent");
    let mut calls = tokio::task::JoinSet::new();
    calls.spawn(async move { client.echo(acting(Act::Hang)).await });
    let (mut one, mut two) = (world.replicas.first(), world.replicas.last());
    let hangs = |replica: &crate::world::Replica| *replica.echo.hanging.borrow() == 1;
    // Whichever replica got it.
    while !one.is_some_and(hangs) && !two.is_some_and(hangs) {
        tokio::task::yield_now().await;
        (one, two) = (world.replicas.first(), world.replicas.last());
    }
    calls.shutdown().await;
    for replica in &world.replicas {
        replica.echo.hang_count_is(0).await;
    }
}

/// From outside through the gateway to the service: one trace, and the command carries it.
async fn the_callers_trace_reaches_the_command(world: &World) {
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let traceparent = format!("00-{trace}-b7ad6b7169203331-01");
    let mut request = Request::new(ChangeRequest::default());
    request.metadata_mut().insert("traceparent", traceparent.parse().unwrap());
    let reply = world.client("agent").change(request).await.unwrap().into_inner();
    assert!(reply.traceparent.contains(trace), "{}", reply.traceparent);
    assert_ne!(reply.traceparent, traceparent, "the handler's own span");
    let mut request = Request::new(acting(Act::Panic));
    request.metadata_mut().insert("traceparent", traceparent.parse().unwrap());
    let told = failure(world.client("agent").echo(request).await);
    assert_eq!(told.request_id.as_deref(), Some(trace), "a defect is found by its trace");
}
