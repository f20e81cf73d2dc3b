//! While the real binary waits for a database that does not answer, health says so at once and a call
//! that came early waits; when the database answers, both hear of it.

use std::sync::Arc;

use kefu_api_gateway::v1::WhoAmIRequest;
use kefu_api_gateway::v1::identity_service_client::IdentityServiceClient;
use kefu_testkit::Folder;
use kefu_testkit::postgres::Postgres;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::SetOnce;
use tokio::task::JoinSet;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::{Served, built, eventually, kefu};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_not_ready_says_so_and_lets_callers_wait() {
    let Some(postgres) = Postgres::shared() else { return };
    if !built() {
        return;
    }
    let (folder, database) = (Folder::new("readiness"), postgres.database());
    let url = database.schema("reporting");
    let direct = format!("service.reporting.database.url={url}");
    let (done, lines) = kefu(folder.path(), &["migrate"], &[direct]).await;
    assert!(done, "{lines:#?}");
    let mut way = Way::to(&url).await;
    let late = format!("service.reporting.database.url={}", way.url);
    let mut served = Served::begin(folder.path(), &[late, "drain.notice=0s".to_owned()]);

    let channel = connect(&mut served).await;
    let mut health = HealthClient::new(channel.clone());
    let mut watched = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    let told = watched.message().await.unwrap().unwrap();
    assert_eq!(told.status(), ServingStatus::NotServing);
    let mut early = JoinSet::new();
    let mut identity = IdentityServiceClient::new(channel);
    early.spawn(async move { identity.who_am_i(WhoAmIRequest {}).await });
    let asked = health.check(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(asked.status(), ServingStatus::NotServing);
    assert!(early.try_join_next().is_none(), "nobody is there to answer it yet");

    way.open();
    let told = watched.message().await.unwrap().unwrap();
    assert_eq!(told.status(), ServingStatus::Serving);
    early.join_next().await.unwrap().unwrap().expect("a call that came early is answered");
    drop((watched, health));
    served.stop().await;
    way.relays.shutdown().await;
}

/// Connects as soon as the port is there.
async fn connect(served: &mut Served) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{}", served.port)).unwrap();
    let mut channel = None;
    eventually("its port is there", async || {
        assert!(served.process.runs(), "it ended: {:#?}", served.process.lines());
        channel = endpoint.connect().await.ok();
        channel.is_some()
    })
    .await;
    channel.unwrap()
}

/// A way to a database that is silent until it is opened.
struct Way {
    url: String,
    open: Arc<SetOnce<()>>,
    relays: JoinSet<()>,
}

impl Way {
    async fn to(url: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let own = listener.local_addr().unwrap().to_string();
        let (_, after) = url.split_once('@').unwrap();
        let (address, _) = after.split_once('/').unwrap();
        let (url, address) = (url.replace(address, &own), address.to_owned());
        let open = Arc::new(SetOnce::new());
        let mut relays = JoinSet::new();
        relays.spawn(relay(listener, address, Arc::clone(&open)));
        Self { url, open, relays }
    }

    fn open(&mut self) {
        self.open.set(()).unwrap();
    }
}

async fn relay(listener: TcpListener, address: String, open: Arc<SetOnce<()>>) {
    let mut connections = JoinSet::new();
    loop {
        let (mut from, _) = listener.accept().await.unwrap();
        let (address, open) = (address.clone(), Arc::clone(&open));
        connections.spawn(async move {
            open.wait().await;
            let mut to = TcpStream::connect(address).await.unwrap();
            // An end by reset is an end.
            let _ = copy_bidirectional(&mut from, &mut to).await;
        });
    }
}
