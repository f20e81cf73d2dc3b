//! Everything in one process: SQLite files and the embedded log in one folder.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use kefu_fixture_counter::v1::{AddRequest, GetCounterRequest};
use kefu_fixture_ledger::v1::RecordRequest;
use kefu_kernel::Timestamp;
use kefu_runtime::drain::StopSignal;
use kefu_runtime::{Running, Surroundings, data};
use kefu_store::{FaultPoint, Faults, StoreError};
use kefu_testkit::clock::Moved;
use kefu_testkit::ports;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tonic::Code;
use tonic::client::GrpcService;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::door::KEY;
use crate::rig::{Caller, counter_id, one_process, suite};

fn caller(running: &Running) -> Caller {
    Caller::new(running.address().expect("the door is open"), KEY)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_events_timers_and_outgoing_commands_meet() {
    let folder = tempfile::tempdir().unwrap();
    let moved = Moved::at(Timestamp::from_millis(1_700_000_000_000), 1);
    let around = Surroundings { ambient: Some(moved.ambient.clone()), ..Surroundings::default() };
    let running = suite().start_in(one_process(folder.path()), around).await.unwrap();
    let caller = caller(&running);

    assert_eq!(caller.add(1, 5).await, 5);
    let request = AddRequest {
        request_id: "once".into(),
        counter_id: counter_id(1),
        by: 2,
        tell_ledger: true,
        again_after_ms: 3_600_000,
    };
    let first = caller.counters().add(request.clone()).await.unwrap().into_inner();
    let again = caller.counters().add(request).await.unwrap().into_inner();
    assert_eq!((first.total, &first), (7, &again));
    caller.ledger_knows(7, 2).await;

    moved.record.advance(Duration::from_secs(3_601));
    caller.ledger_knows(8, 2).await;
    let now = GetCounterRequest { counter_id: counter_id(1) };
    assert_eq!(caller.counters().get_counter(now).await.unwrap().into_inner().total, 8);
    assert!(running.failed().now_or_never().is_none(), "a vital task has ended");
    running.shutdown(StopSignal::Interrupt).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_are_known_at_the_door_and_services_by_their_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let running = suite().start(one_process(folder.path())).await.unwrap();
    let address = running.address().unwrap();
    let get = GetCounterRequest { counter_id: counter_id(1) };

    let nobody = Caller::new(address, "").counters().get_counter(get.clone()).await;
    assert_eq!(nobody.unwrap_err().code(), Code::Unauthenticated);
    let wrong = Caller::new(address, "wrong").counters().get_counter(get.clone()).await;
    assert_eq!(wrong.unwrap_err().code(), Code::Unauthenticated);
    let agent = Caller::new(address, KEY);
    assert_eq!(agent.counters().get_counter(get).await.unwrap_err().code(), Code::NotFound);
    let record = RecordRequest { amount: 1, ..RecordRequest::default() };
    let denied = agent.ledger().record(record).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    running.shutdown(StopSignal::Interrupt).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_call_from_the_origins_that_are_allowed_and_by_default_from_none() {
    for allowed in [None, Some("https://console.example.org")] {
        let folder = tempfile::tempdir().unwrap();
        let mut config = one_process(folder.path());
        config.public.allowed_origins.0 = allowed.map(str::to_owned).into_iter().collect();
        let running = suite().start(config).await.unwrap();
        let mut channel = caller(&running).channel();
        for origin in ["https://console.example.org", "https://other.example.org"] {
            let preflight = http::Request::options("/kefu.counter.v1.CounterService/GetCounter")
                .header("origin", origin)
                .header("access-control-request-method", "POST")
                .body(tonic::body::Body::empty())
                .unwrap();
            poll_fn(|context| GrpcService::poll_ready(&mut channel, context)).await.unwrap();
            let answer = GrpcService::call(&mut channel, preflight).await.unwrap();
            let header = answer.headers().get("access-control-allow-origin");
            let header = header.map(|value| value.to_str().unwrap());
            assert_eq!(header, allowed.filter(|allowed| *allowed == origin), "{origin}");
        }
        running.shutdown(StopSignal::Interrupt).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_in_good_order_leaves_everything_for_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = one_process(folder.path());
    let running = suite().start(config.clone()).await.unwrap();
    let announced = data::running(&config.data_dir).expect("it is announced");
    assert_eq!(announced.public, running.address());
    assert_eq!(announced.services, ["counter", "door", "ledger"]);
    let second = suite().start(config.clone()).await.err().expect("the folder is in use");
    assert!(second.to_string().contains(&format!("process {}", std::process::id())), "{second}");

    let health = |caller: &Caller| HealthClient::new(caller.channel());
    let first = caller(&running);
    let status = health(&first).check(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(status.status(), ServingStatus::Serving);
    for by in 1..=20 {
        first.add(1, by).await;
    }
    running.shutdown(StopSignal::Interrupt).await;
    assert_eq!(data::running(&config.data_dir), None);

    let running = suite().start(config).await.unwrap();
    let again = caller(&running);
    again.ledger_knows(210, 0).await;
    assert_eq!(again.add(1, 1).await, 211);
    running.shutdown(StopSignal::Interrupt).await;
}

/// Lets no transaction begin until it is opened: no lease is taken, no event relayed.
struct Gate(watch::Receiver<bool>);

impl Faults for Gate {
    fn reached(&self, point: FaultPoint) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut open = self.0.clone();
        async move {
            if point == FaultPoint::BeforeBegin {
                let _ = open.wait_for(|open| *open).await;
            }
            Ok(())
        }
        .boxed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_ready_once_somebody_relays_its_events() {
    let folder = tempfile::tempdir().unwrap();
    let (open, gate) = watch::channel(false);
    let mut config = one_process(folder.path());
    config.listen.public.set_port(ports::free());
    let address = config.listen.public;
    let around = Surroundings { faults: Some(Arc::new(Gate(gate))), ..Surroundings::default() };
    let mut starting = JoinSet::new();
    starting.spawn(async move { suite().start_in(config, around).await });
    let status = async || {
        let mut health = HealthClient::new(Caller::new(address, KEY).channel());
        health.check(HealthCheckRequest::default()).await.map(|told| told.into_inner().status())
    };
    // The port is bound before it is served.
    let first = loop {
        match status().await {
            Ok(first) => break first,
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    };
    assert_eq!(first, ServingStatus::NotServing);
    open.send_replace(true);
    let running = starting.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(status().await.unwrap(), ServingStatus::Serving);
    running.shutdown(StopSignal::Interrupt).await;
}
