//! A whole suite in one process, for tests of what callers see: SQLite files and the embedded log in a
//! folder of its own, both clocks in the test's hand, clients over the public port.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kefu_api_gateway::v1::CreateKeyRequest;
use kefu_api_gateway::v1::keys_service_client::KeysServiceClient;
use kefu_kernel::{TimeSource, Timestamp};
use kefu_runtime::config::Config;
use kefu_runtime::drain::StopSignal;
use kefu_runtime::{Running, Suite, Surroundings, data};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::Folder;
use crate::clock::Moved;
use crate::settle::{set_aside, unsettled};

/// Where a world's time begins: 9 o'clock UTC on Monday the 2nd of March 2026.
const BEGINNING: Timestamp = Timestamp::from_millis(1_772_442_000_000);
/// Ids and randomness are the same in each run.
const SEED: u64 = 20_260_302;
/// How often it is looked whether everything is at rest, and how often at most.
const LOOK_EVERY: Duration = Duration::from_millis(4);
const LOOKS: u32 = 10_000;

/// What generated clients are made over.
pub type Transport = InterceptedService<Channel, Bearer>;

/// A running suite. It must be closed: dropped otherwise, it fails the test.
pub struct World {
    running: Option<Running>,
    clock: Moved,
    channel: Channel,
    address: SocketAddr,
    data: PathBuf,
    _folder: Folder,
}

impl World {
    /// Starts every service of `suite` over empty databases.
    pub async fn start(suite: &Suite) -> Self {
        let folder = Folder::new("world");
        let data = folder.join("data");
        let mut config = Config { data_dir: data.clone(), ..Config::default() };
        config.listen.public = SocketAddr::from(([127, 0, 0, 1], 0));
        let clock = Moved::at(BEGINNING, SEED);
        let ambient = Some(clock.ambient.clone());
        let around = Surroundings { ambient, ..Surroundings::default() };
        let running = suite.start_in(config, around).await.expect("the suite starts");
        let address = running.address().expect("the suite has a public port");
        let endpoint = Endpoint::from_shared(format!("http://{address}"));
        let channel = endpoint.expect("an address makes a URL").connect_lazy();
        let running = Some(running);
        let world = Self { running, clock, channel, address, data, _folder: folder };
        world.settle().await;
        world
    }

    /// The record clock.
    pub fn now(&self) -> Timestamp {
        self.clock.record.now()
    }

    /// Moves the record clock on, and waits until what became due has been done.
    pub async fn advance(&self, by: Duration) {
        self.clock.record.advance(by);
        self.settle().await;
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What runs.
    pub fn running(&self) -> &Running {
        self.running.as_ref().expect("it runs until it is closed")
    }

    /// A transport for calls with the API key `key`; empty: without credentials.
    pub fn with_key(&self, key: &str) -> Transport {
        InterceptedService::new(self.channel.clone(), Bearer::new(key))
    }

    /// The text of the first administrator's key.
    pub fn admin_key(&self) -> String {
        let file = data::admin_key(&self.data);
        std::fs::read_to_string(file).expect("the first start wrote it").trim().to_owned()
    }

    /// A transport for the administrator.
    pub fn admin(&self) -> Transport {
        self.with_key(&self.admin_key())
    }

    /// The text of a new API key with one role; no `branches`: it acts in all.
    pub async fn key(&self, role: &str, branches: &[&str]) -> String {
        let request = CreateKeyRequest {
            name: format!("{role} of a test"),
            roles: vec![role.to_owned()],
            branch_ids: branches.iter().map(ToString::to_string).collect(),
            all_branches: branches.is_empty(),
            ..CreateKeyRequest::default()
        };
        let made = KeysServiceClient::new(self.admin()).create_key(request).await;
        made.expect("the administrator may make keys").into_inner().secret
    }

    /// A transport with a new key of one role; see [`World::key`].
    pub async fn as_role(&self, role: &str, branches: &[&str]) -> Transport {
        self.with_key(&self.key(role, branches).await)
    }

    /// Calls REST, with a JSON body where there is one; gives status and body.
    pub async fn rest(
        &self,
        key: &str,
        method: http::Method,
        path: &str,
        json: Option<&str>,
    ) -> anyhow::Result<(http::StatusCode, String)> {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header(http::header::AUTHORIZATION, format!("Bearer {key}"))
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(json.unwrap_or_default().to_owned())))?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (head, body) = client.request(request).await.context("REST answers")?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok((head.status, String::from_utf8(body.to_vec())?))
    }

    /// Waits until everything that was set in motion has come to rest.
    pub async fn settle(&self) {
        let mut left = None;
        for _ in 0..LOOKS {
            left = unsettled(self.running(), self.now()).await.expect("the databases answer");
            if left.is_none() {
                return;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        panic!("this does not come to rest: {}", left.unwrap_or_default());
    }

    /// Stops the suite. Fails where an event was not published or could not be folded.
    pub async fn close(mut self) {
        self.settle().await;
        let letters = set_aside(self.running()).await.expect("the databases answer");
        let running = self.running.take().expect("it runs until it is closed");
        running.shutdown(StopSignal::Interrupt).await;
        assert!(letters.is_empty(), "events were set aside: {letters:#?}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let closed = self.running.is_none() || std::thread::panicking();
        assert!(closed, "a World must be closed: close().await");
    }
}

/// Sends an API key, where there is one.
#[derive(Clone)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

impl Bearer {
    /// Sends `key`; empty: nothing.
    pub fn new(key: &str) -> Self {
        let value = format!("Bearer {key}").parse().expect("keys are ASCII");
        Self((!key.is_empty()).then_some(value))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(key) = &self.0 {
            request.metadata_mut().insert("authorization", key.clone());
        }
        Ok(request)
    }
}
