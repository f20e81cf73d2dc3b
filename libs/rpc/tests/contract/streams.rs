//! Streams: to their end, and cut by deadline, stall, drain, panic and their reader.

use std::time::Duration;

use kefu_rpc::StackLimits;
use kefu_rpc_fixture::v1::{Act, CountRequest, EchoRequest};
use tonic::{Code, Request, Status, Streaming};

use crate::calls::{echo, failure};
use crate::world::{Settings, World};

crate::in_both_shapes!(
    a_stream_comes_whole_and_ends_well,
    a_stream_that_fails_tells_why_after_what_came,
    a_panic_in_a_stream_is_internal,
    a_stream_is_cut_at_its_deadline,
    a_drain_ends_a_watch_at_once,
    a_dropped_stream_ends_at_its_source,
    a_client_stream_is_taken_in,
    every_item_of_a_client_stream_is_validated,
);

pub fn counting(count: i32, act: Act) -> CountRequest {
    CountRequest { count, act: act.into() }
}

/// Reads to the end: the numbers that came, and how it ended.
pub async fn all(
    mut numbers: Streaming<kefu_rpc_fixture::v1::CountReply>,
) -> (Vec<i32>, Result<(), Status>) {
    let mut came = Vec::new();
    loop {
        match numbers.message().await {
            Ok(Some(reply)) => came.push(reply.number),
            Ok(None) => return (came, Ok(())),
            Err(status) => return (came, Err(status)),
        }
    }
}

async fn a_stream_comes_whole_and_ends_well(world: &World) {
    let numbers = world.client("agent").count(counting(5_000, Act::Unspecified)).await.unwrap();
    let (came, ended) = all(numbers.into_inner()).await;
    assert_eq!(came, (1..=5_000).collect::<Vec<i32>>());
    ended.unwrap();
}

async fn a_stream_that_fails_tells_why_after_what_came(world: &World) {
    let numbers = world.client("agent").count(counting(3, Act::Fail)).await.unwrap();
    let (came, ended) = all(numbers.into_inner()).await;
    assert_eq!(came, [1, 2, 3]);
    let told = failure(ended);
    assert_eq!((told.code, told.reason.as_str()), (Code::FailedPrecondition, "TICKET_CLOSED"));
}

async fn a_panic_in_a_stream_is_internal(world: &World) {
    let mut client = world.client("agent");
    let numbers = client.count(counting(3, Act::Panic)).await.unwrap();
    // What was still in the stream's buffer is lost with it.
    let (came, ended) = all(numbers.into_inner()).await;
    assert!([1, 2, 3].starts_with(&came), "{came:?}");
    let told = failure(ended);
    assert_eq!((told.code, told.reason.as_str()), (Code::Internal, "INTERNAL"));
    assert!(told.request_id.is_some());
    client.echo(echo("still there")).await.unwrap();
}

async fn a_stream_is_cut_at_its_deadline(world: &World) {
    let mut request = Request::new(counting(3, Act::Hang));
    request.set_timeout(Duration::from_millis(500));
    let numbers = world.client("agent").count(request).await.unwrap();
    let (came, ended) = all(numbers.into_inner()).await;
    assert_eq!(came, [1, 2, 3]);
    assert_eq!(failure(ended).code, Code::DeadlineExceeded);
    for replica in &world.replicas {
        replica.echo.hang_count_is(0).await;
    }
}

async fn a_drain_ends_a_watch_at_once(world: &World) {
    let numbers = world.client("agent").count(counting(3, Act::Hang)).await.unwrap();
    let mut numbers = numbers.into_inner();
    for _ in 1..=3 {
        numbers.message().await.unwrap().unwrap();
    }
    world.drain();
    let told = failure(numbers.message().await);
    assert_eq!((told.code, told.reason.as_str()), (Code::Unavailable, "WATCH_ENDED"));
    assert!(told.can_be_retried());
}

async fn a_dropped_stream_ends_at_its_source(world: &World) {
    let numbers = world.client("agent").count(counting(1, Act::Hang)).await.unwrap();
    let mut numbers = numbers.into_inner();
    numbers.message().await.unwrap().unwrap();
    drop(numbers);
    for replica in &world.replicas {
        replica.echo.hang_count_is(0).await;
    }
}

async fn a_client_stream_is_taken_in(world: &World) {
    let texts = futures::stream::iter(["a", "b", "c"].map(echo));
    let reply = world.client("agent").collect(texts).await.unwrap().into_inner();
    assert_eq!((reply.text.as_str(), reply.caller.as_str()), ("abc", "key_agent"));
}

async fn every_item_of_a_client_stream_is_validated(world: &World) {
    let texts = futures::stream::iter([echo("a"), EchoRequest::default()]);
    let told = failure(world.client("agent").collect(texts).await);
    assert_eq!((told.code, told.reason.as_str()), (Code::InvalidArgument, "VALIDATION_FAILED"));
    assert_eq!(told.violations.len(), 1, "{told:?}");
    assert_eq!(told.violations[0].field, "text");
}

#[tokio::test]
async fn a_stream_that_moves_nothing_is_cut_in_either_direction() {
    let limits = StackLimits { stall: Duration::from_millis(200), ..StackLimits::default() };
    let world = World::in_process_with(Settings { limits, ..Settings::default() }).await;
    let mut client = world.client("agent");
    let numbers = client.count(counting(2, Act::Hang)).await.unwrap();
    let (came, ended) = all(numbers.into_inner()).await;
    assert_eq!((came, failure(ended).code), (vec![1, 2], Code::DeadlineExceeded));
    let never = futures::stream::pending::<EchoRequest>();
    let told = failure(client.collect(never).await);
    assert!(told.message.contains("moved nothing"), "{told:?}");
    world.close().await;
}

#[tokio::test]
async fn a_watch_that_ran_its_full_time_is_told_to_go_on() {
    let limits = StackLimits { stream_max: Duration::from_millis(300), ..StackLimits::default() };
    let world = World::in_process_with(Settings { limits, ..Settings::default() }).await;
    let numbers = world.client("agent").count(counting(2, Act::Hang)).await.unwrap();
    let (came, ended) = all(numbers.into_inner()).await;
    let told = failure(ended);
    assert_eq!(
        (came, told.code, told.reason.as_str()),
        (vec![1, 2], Code::Unavailable, "WATCH_ENDED")
    );
    world.close().await;
}
