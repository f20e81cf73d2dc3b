//! The library service of `library.proto`, compiled here, and a server for it that speaks gRPC and
//! answers what a test tells it to.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{FutureExt as _, StreamExt as _};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use prost::Message as _;
use prost_reflect::{DynamicMessage, Kind};
use serde_json::Value as Json;
use tonic::{Status, Streaming};
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;

use crate::rest::{Api, Limits, json, router};
use kefu_rpc::RawCodec;

/// The descriptors of the library, options and comments kept.
pub fn descriptors() -> Vec<u8> {
    compile("library.proto", include_str!("library.proto")).expect("library.proto compiles")
}

/// Compiles one proto of the tests against the protos of the repository.
pub fn compile(name: &str, text: &str) -> Result<Vec<u8>, protox::Error> {
    let folder = tempfile::tempdir().expect("a folder for the proto");
    std::fs::write(folder.path().join(name), text).expect("the proto is written");
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let mut compiler = protox::Compiler::new([folder.path(), shared.as_path()])?;
    compiler.include_imports(true).include_source_info(true).open_file(name)?;
    Ok(compiler.encode_file_descriptor_set())
}

/// The library's interface.
pub fn api() -> Arc<Api> {
    Arc::new(Api::compile([descriptors().as_slice()]).expect("the library's rules compile"))
}

/// What a handler answers: messages, then perhaps an error.
pub type Replies = BoxStream<'static, Result<Bytes, Status>>;

/// A request as the service behind the gateway sees it.
pub struct Seen {
    /// The RPC's name.
    pub rpc: String,
    /// Its messages.
    pub messages: BoxStream<'static, Result<DynamicMessage, Status>>,
    /// Its metadata.
    pub headers: http::HeaderMap,
    api: Arc<Api>,
}

impl Seen {
    /// The only message, as JSON without defaults.
    pub async fn only(&mut self) -> Json {
        let message = self.messages.next().await.expect("a message").expect("it decodes");
        shown(&message)
    }

    /// Encodes a reply of this RPC.
    pub fn reply(&self, reply: &Json) -> Bytes {
        let service = self.api.pool().get_service_by_name("library.v1.LibraryService").unwrap();
        let rpc = service.methods().find(|rpc| rpc.name() == self.rpc).unwrap();
        message(&rpc.output(), reply).encode_to_vec().into()
    }
}

/// JSON without defaults.
pub fn shown(message: &DynamicMessage) -> Json {
    let text = json::write(message, json::Defaults::Left).expect("it can be written");
    serde_json::from_str(&text).expect("it is JSON")
}

/// A message from JSON.
pub fn message(kind: &prost_reflect::MessageDescriptor, tree: &Json) -> DynamicMessage {
    let mut found = kefu_api_common::Violations::default();
    let value =
        json::read(&Kind::Message(kind.clone()), tree, &kefu_api_common::Path::ROOT, &mut found);
    assert_eq!(Vec::from(found), [], "the test's JSON is right");
    value.and_then(|value| value.as_message().cloned()).expect("a message")
}

/// A REST router before a service that answers with `handler`.
pub fn library<F, A>(handler: F) -> axum::Router
where
    F: Fn(Seen) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<Replies, Status>> + Send + 'static,
{
    library_within(Limits::default(), handler)
}

/// The same, within given limits.
pub fn library_within<F, A>(limits: Limits, handler: F) -> axum::Router
where
    F: Fn(Seen) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<Replies, Status>> + Send + 'static,
{
    let api = api();
    let service = tower::service_fn({
        let api = api.clone();
        move |request: Request<tonic::body::Body>| {
            let (api, handler) = (api.clone(), handler.clone());
            async move {
                let rpc = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
                let mut grpc = tonic::server::Grpc::new(RawCodec);
                let served = tower::service_fn(move |request: tonic::Request<Streaming<Bytes>>| {
                    let seen = seen(rpc.clone(), request, api.clone());
                    answer(handler(seen)).boxed()
                });
                Ok::<_, Status>(grpc.streaming(served, request).await)
            }
            .boxed()
        }
    });
    let service = BoxCloneSyncService::new(service);
    let resolve = |name: &str| (name == "library.v1.LibraryService").then(|| service.clone());
    router(api, limits, resolve).expect("the library is served")
}

async fn answer(
    replies: impl Future<Output = Result<Replies, Status>> + Send,
) -> Result<tonic::Response<Replies>, Status> {
    Ok(tonic::Response::new(replies.await?))
}

fn seen(rpc: String, request: tonic::Request<Streaming<Bytes>>, api: Arc<Api>) -> Seen {
    let service = api.pool().get_service_by_name("library.v1.LibraryService").unwrap();
    let input = service.methods().find(|method| method.name() == rpc).unwrap().input();
    let headers = request.metadata().clone().into_headers();
    let messages = request
        .into_inner()
        .map(move |bytes| {
            let decoded = DynamicMessage::decode(input.clone(), bytes?);
            decoded.map_err(|error| Status::internal(error.to_string()))
        })
        .boxed();
    Seen { rpc, messages, headers, api }
}

/// A service that answers every call with what it was asked, as the title of a book or file.
pub fn echo() -> axum::Router {
    library(|mut seen| async move {
        let asked = seen.only().await.to_string();
        let reply = match seen.rpc.as_str() {
            "GetBook" | "CreateBook" | "UpdateBook" | "LendBook" => {
                seen.reply(&serde_json::json!({ "title": asked }))
            }
            "ListBooks" => seen.reply(&serde_json::json!({ "nextPageToken": asked })),
            _ => Bytes::new(),
        };
        Ok(one(reply))
    })
}

/// One reply.
pub fn one(reply: Bytes) -> Replies {
    stream::once(async { Ok(reply) }).boxed()
}

/// An answer, read.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The fields of the violations that the error tells, in order, with their reasons.
    #[track_caller]
    pub fn violations(&self) -> Vec<(String, String)> {
        let body = self.json();
        let details = body["error"]["details"].as_array().cloned().unwrap_or_default();
        let bad = details
            .iter()
            .find(|detail| detail["@type"] == "type.googleapis.com/google.rpc.BadRequest");
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let all = bad.and_then(|bad| bad["fieldViolations"].as_array().cloned());
        let mut all: Vec<(String, String)> = all
            .unwrap_or_default()
            .iter()
            .map(|one| (text(&one["field"]), text(&one["description"])))
            .collect();
        all.sort();
        all
    }

    /// The header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// Sends a request and reads the whole answer.
pub async fn send(router: &axum::Router, request: Request<Body>) -> Answer {
    let response: Response<Body> =
        router.clone().oneshot(request).await.expect("a router always answers");
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.expect("the answer ends").to_bytes();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        text: String::from_utf8(bytes.to_vec()).expect("answers are text"),
    }
}

/// A request with headers; a body is JSON.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_owned())).expect("the test's request is right")
}
