//! The seams between processes, callers and files, each by a test that can fail: one trace, rotated keys
//! of an issuer, changed certificates, the audit trail, readiness and drain, and who is believed. Over the
//! real binary wherever a process, a file or a signal is part of it; the seams within a library are in
//! that library's own tests (tests/README.md has the whole table).

mod audit;
mod certificate;
mod drain;
mod issuers;
mod readiness;
mod table;
mod trace;
mod transaction;
mod trust;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kefu_api_events::v1::Channel;
use kefu_api_tickets::v1::CreateTicketRequest;
use kefu_runtime::data;
use kefu_testkit::process::{Process, Start, kefu_binary};
use kefu_testkit::{Bearer, Transport, ports};
use tonic::Status;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Endpoint;
use tonic_types::StatusExt;

/// The binary, serving.
struct Served {
    process: Process,
    data: PathBuf,
    port: u16,
}

impl Served {
    /// `kefu serve` over the data in `folder`, with `settings` as `--set` takes them, once it is ready.
    async fn start(folder: &Path, settings: &[String]) -> Self {
        let mut served = Self::begin(folder, settings);
        let process_id = served.process.id();
        let is_it = |run: data::RunFile| run.pid == process_id;
        eventually("it is ready", async || {
            assert!(served.process.runs(), "it ended by itself: {:#?}", served.process.lines());
            data::running(&served.data).is_some_and(is_it)
        })
        .await;
        served
    }

    /// The same, not ready yet.
    fn begin(folder: &Path, settings: &[String]) -> Self {
        let (data, port) = (folder.join("data"), ports::free());
        let listen = format!("127.0.0.1:{port}");
        let start = Start::kefu("kefu").args(&["serve", "--listen", &listen, "--data"]).arg(&data);
        let start = settings.iter().fold(start, |start, pair| start.arg("--set").arg(pair));
        let process = start.folder(folder).spawn().unwrap();
        Self { process, data, port }
    }

    /// The text of the first administrator's key.
    fn admin_key(&self) -> String {
        std::fs::read_to_string(data::admin_key(&self.data)).unwrap().trim().to_owned()
    }

    /// A connection for the administrator.
    async fn admin(&self) -> Transport {
        let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{}", self.port)).unwrap();
        let channel = endpoint.connect().await.unwrap();
        InterceptedService::new(channel, Bearer::new(&self.admin_key()))
    }

    /// SIGTERM; it ends in good order. Gives what it wrote.
    async fn stop(self) -> Vec<String> {
        self.process.terminate();
        self.ended().await
    }

    /// Its end in good order, once it was asked. (Asked a second time, it stops at once.)
    async fn ended(mut self) -> Vec<String> {
        let status = self.process.finished().await.unwrap();
        let lines = self.process.lines();
        assert!(status.success(), "{status}: {lines:#?}");
        lines
    }
}

/// Whether the binary is there to be tested; says so where it is not.
fn built() -> bool {
    let there = kefu_binary().exists();
    if !there {
        println!("not run: {} is not built", kefu_binary().display());
    }
    there
}

/// `kefu` with these arguments, to its end: whether it succeeded, and what it wrote.
async fn kefu(folder: &Path, arguments: &[&str], settings: &[String]) -> (bool, Vec<String>) {
    let start = Start::kefu("kefu").args(arguments).arg("--data").arg(folder.join("data"));
    let start = settings.iter().fold(start, |start, pair| start.arg("--set").arg(pair));
    let mut process = start.folder(folder).spawn().unwrap();
    let status = process.finished().await.unwrap();
    (status.success(), process.lines())
}

/// Waits until `condition` holds; a minute without it fails the test.
async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < Duration::from_secs(60), "a minute passed and still not: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Calls REST with a JSON body; gives status and body.
async fn post(
    url: &str,
    headers: &[(&str, &str)],
    json: String,
) -> (http::StatusCode, serde_json::Value) {
    let request = http::Request::post(url).header("content-type", "application/json");
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = request.body(Full::new(Bytes::from(json))).unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let (head, body) = client.request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (head.status, serde_json::from_slice(&body).unwrap())
}

/// What registers an inquiry.
fn inquiry(subject: &str) -> CreateTicketRequest {
    CreateTicketRequest {
        r#type: "inquiry".into(),
        channel: Channel::Api.into(),
        source: "seams".into(),
        subject: subject.into(),
        request_id: subject.into(),
        ..CreateTicketRequest::default()
    }
}

/// The stable reason of a refusal.
fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// Whether a call failed on its way, without an answer.
fn on_its_way(status: &Status) -> bool {
    let cause = std::error::Error::source(status);
    cause.is_some_and(|cause| cause.is::<tonic::transport::Error>())
}
