//! The HTTP handler: finds the route, makes the request message, calls, shows the reply.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, stream};
use http::request::Parts as Head;
use http::{Method, StatusCode, header};
use kefu_api_common::Violations;
use prost::Message as _;
use tokio::sync::oneshot;
use tower::{Service, ServiceExt as _};

use super::api::{Api, ApiError};
use super::body::{Bounds, Lines, check_type, whole};
use super::call::{self, Messages, Transport};
use super::failure::{Failure, allow};
use super::matcher::Found;
use super::measure::Measure;
use super::refusal::Refusal;
use super::request::{Parts, read};
use super::route::Route;
use super::{headers, reply, violations};

/// The bounds within which requests are served.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The largest request body, and the largest line of a streamed one.
    pub request_bytes: usize,
    /// The largest reply message.
    pub reply_bytes: usize,
    /// The longest wait for the next part of a request body.
    pub stall: Duration,
    /// The time between comments on an event stream that has nothing to say.
    pub heartbeat: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_bytes: kefu_rpc::MAX_REQUEST_BYTES,
            reply_bytes: kefu_rpc::MAX_REPLY_BYTES,
            stall: Duration::from_secs(30),
            heartbeat: Duration::from_secs(15),
        }
    }
}

/// A router that serves every route of `api` under the roots of their paths (`/v1/…`), unknown paths
/// and methods there included. `resolve` gives what carries calls to a service, by its full name;
/// a service that it does not know is an error.
pub fn router<S, B>(
    api: Arc<Api>,
    limits: Limits,
    resolve: impl Fn(&str) -> Option<S>,
) -> Result<axum::Router, ApiError>
where
    S: Service<http::Request<tonic::body::Body>, Response = http::Response<B>>,
    S: Clone + Send + Sync + 'static,
    S::Error: Into<tower::BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tower::BoxError>,
{
    let mut transports = HashMap::new();
    for route in api.routes() {
        let service = route.rpc.parent_service().full_name().to_owned();
        if transports.contains_key(&service) {
            continue;
        }
        let found = resolve(&service).ok_or(ApiError::Unserved { service: service.clone() })?;
        let transport = found
            .map_response(|response: http::Response<B>| response.map(tonic::body::Body::new))
            .map_err(|error: S::Error| tonic::Status::from_error(error.into()));
        transports.insert(service, Transport::new(transport));
    }
    let mut router = axum::Router::new();
    for root in api.roots() {
        for path in [format!("/{root}"), format!("/{root}/"), format!("/{root}/{{*rest}}")] {
            router = router.route(&path, axum::routing::any(serve));
        }
    }
    Ok(router.with_state(Arc::new(Transcoder { api, limits, transports })))
}

/// Answers paths at which there is nothing, in the form of every error: a fallback for routers that
/// serve more than this.
pub async fn not_found() -> Response {
    Failure::from(Refusal::UnknownPath).into_response()
}

struct Transcoder {
    api: Arc<Api>,
    limits: Limits,
    transports: HashMap<String, Transport>,
}

/// Where a request leads.
enum Target<'p> {
    Route(Arc<Route>, Vec<&'p str>),
    /// The path was asked what it takes.
    Options(Vec<Method>),
}

async fn serve(State(transcoder): State<Arc<Transcoder>>, request: Request) -> Response {
    let head_only = request.method() == Method::HEAD;
    let mut measure = Measure::begin(&request);
    let answer = transcoder.answer(request, &mut measure).await;
    let answer = answer.unwrap_or_else(Failure::into_response);
    measure.end(answer.status());
    if head_only { answer.map(|_| HttpBody::empty()) } else { answer }
}

impl Transcoder {
    async fn answer(&self, request: Request, measure: &mut Measure) -> Result<Response, Failure> {
        let (mut head, body) = request.into_parts();
        let path = head.uri.path().to_owned();
        let (route, segments) = match self.target(&head.method, &path)? {
            Target::Route(route, segments) => (route, segments),
            Target::Options(methods) => {
                return Ok(
                    (StatusCode::NO_CONTENT, [(header::ALLOW, allow(&methods))]).into_response()
                );
            }
        };
        measure.route(&route);
        let mut found = Violations::default();
        let timeout = headers::timeout(&head.headers, &mut found);
        violations::settle(found)?;
        let (messages, refused) = self.messages(&route, &segments, &head, body).await?;
        let metadata = headers::passed_on(&head.headers);
        let extensions = std::mem::take(&mut head.extensions);
        let mut call = tonic::Request::from_parts(metadata, extensions, messages);
        if let Some(timeout) = timeout {
            call.set_timeout(timeout);
        }
        self.call(route, call, refused).await
    }

    async fn call(
        &self,
        route: Arc<Route>,
        request: tonic::Request<Messages>,
        mut refused: BoxFuture<'static, Refusal>,
    ) -> Result<Response, Failure> {
        let transport = self.transports[route.rpc.parent_service().full_name()].clone();
        let (rpc, largest) = (route.rpc_path.clone(), self.limits.reply_bytes);
        if route.rpc.is_server_streaming() {
            let replies = tokio::select! {
                biased;
                refusal = &mut refused => return Err(refusal.into()),
                replies = call::stream(transport, rpc, request, largest) => replies?,
            };
            return Ok(reply::events(route, replies, refused, self.limits.heartbeat));
        }
        tokio::select! {
            biased;
            refusal = &mut refused => Err(refusal.into()),
            answer = call::once(transport, rpc, request, largest) => reply::unary(&route, answer?),
        }
    }

    fn target<'p>(&self, method: &Method, path: &'p str) -> Result<Target<'p>, Refusal> {
        let found = match self.api.find(method, path) {
            Found::OtherMethods(methods) if method == Method::HEAD => {
                let get = self.api.find(&Method::GET, path);
                let unary = |index: usize| !self.api.routes()[index].rpc.is_server_streaming();
                if matches!(&get, Found::Route(index, _) if unary(*index)) {
                    get
                } else {
                    Found::OtherMethods(methods)
                }
            }
            found => found,
        };
        match found {
            Found::Route(index, segments) => {
                Ok(Target::Route(self.api.routes()[index].clone(), segments))
            }
            Found::OtherMethods(methods) if method == Method::OPTIONS => {
                Ok(Target::Options(methods))
            }
            Found::OtherMethods(methods) => Err(Refusal::OtherMethods(methods)),
            Found::Nothing => Err(Refusal::UnknownPath),
        }
    }

    /// The request's messages, and what goes wrong with those that are still to come.
    async fn messages(
        &self,
        route: &Arc<Route>,
        segments: &[&str],
        head: &Head,
        body: HttpBody,
    ) -> Result<(Messages, BoxFuture<'static, Refusal>), Refusal> {
        let bounds = Bounds { bytes: self.limits.request_bytes, stall: self.limits.stall };
        if route.rpc.is_client_streaming() {
            check_type(&head.headers, true)?;
            let source = Source {
                route: route.clone(),
                segments: segments.iter().map(|&segment| segment.to_owned()).collect(),
                query: head.uri.query().unwrap_or_default().to_owned(),
                headers: head.headers.clone(),
                lines: Lines::new(body, bounds),
                line: 0,
            };
            return Ok(source.start());
        }
        let body = whole(body, bounds).await?;
        if !body.is_empty() {
            check_type(&head.headers, false)?;
        }
        let query = head.uri.query().unwrap_or_default();
        let parts = Parts { segments, query, headers: &head.headers, body: &body };
        let message = Bytes::from(read(route, &parts)?.encode_to_vec());
        Ok((stream::once(async { message }).boxed(), futures::future::pending().boxed()))
    }
}

/// A streamed request: each line of the body is a message, that path, query and headers complete.
struct Source {
    route: Arc<Route>,
    segments: Vec<String>,
    query: String,
    headers: http::HeaderMap,
    lines: Lines,
    line: usize,
}

impl Source {
    fn start(self) -> (Messages, BoxFuture<'static, Refusal>) {
        let (failed, refused) = oneshot::channel();
        let messages = stream::unfold((self, failed), |(mut source, failed)| async {
            match source.next().await {
                Ok(Some(message)) => Some((message, (source, failed))),
                Ok(None) => None,
                Err(refusal) => {
                    // The call is dropped by whoever hears this; until then the stream must not end.
                    let _ = failed.send(refusal);
                    futures::future::pending().await
                }
            }
        });
        let refused = async {
            match refused.await {
                Ok(refusal) => refusal,
                Err(_) => futures::future::pending().await,
            }
        };
        (messages.boxed(), refused.boxed())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        while let Some(body) = self.lines.next().await? {
            let line = self.line;
            self.line += 1;
            if body.trim_ascii().is_empty() {
                continue;
            }
            let segments: Vec<&str> = self.segments.iter().map(String::as_str).collect();
            let parts = Parts {
                segments: &segments,
                query: &self.query,
                headers: &self.headers,
                body: &body,
            };
            let message = read(&self.route, &parts).map_err(|refusal| refusal.at_line(line))?;
            return Ok(Some(Bytes::from(message.encode_to_vec())));
        }
        Ok(None)
    }
}
