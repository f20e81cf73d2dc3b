//! One port for gRPC, gRPC-Web and REST: what a request is, its content type says.
//!
//! gRPC's paths are its own and its content type starts with `application/grpc`, so it never meets a
//! REST route; and tonic's gRPC-Web layer, which answers 400 to plain HTTP/1.1, sees only gRPC. A body
//! of either must move: one that stands still is given up.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use tonic_web::{GrpcWebLayer, GrpcWebService};
use tower::{Layer, Service};
use tower_http::cors::CorsLayer;

use crate::error::RpcError;
use crate::stack::Guarded;
use crate::stack::body::Progress;

/// What a listener serves: `grpc` for gRPC and gRPC-Web, `rest` for everything else.
pub fn app(grpc: Guarded, rest: Router) -> Router {
    let stall = grpc.stall();
    let grpc = GrpcWebLayer::new().layer(grpc);
    Router::new().fallback_service(Dispatch { grpc, rest, stall })
}

/// Lets pages of `origins` (`https://console.example.org`) call an app: `app(…).layer(cors(…)?)`.
///
/// Credentials go in the `authorization` header, which a page must hold to send; cookies are neither
/// set nor read, so `access-control-allow-credentials` is never answered.
pub fn cors(origins: &[String]) -> Result<CorsLayer, RpcError> {
    let origins: Vec<HeaderValue> =
        origins.iter().map(|text| origin(text)).collect::<Result<_, _>>()?;
    Ok(CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(ALLOWED.map(HeaderName::from_static))
        .expose_headers(EXPOSED.map(HeaderName::from_static))
        .max_age(Duration::from_secs(24 * 60 * 60)))
}

/// An origin as browsers write it. They compare letter by letter, so one that is written otherwise
/// would never match; and the layer takes a `*` in a list for a mistake in the code, and panics.
fn origin(text: &str) -> Result<HeaderValue, RpcError> {
    let malformed = || RpcError::set_up(format!("`{text}` is no origin as browsers write it"));
    let uri: Uri = text.parse().map_err(|_| malformed())?;
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return Err(malformed());
    };
    let usual = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return Err(malformed()),
    };
    let port = uri.port_u16().filter(|port| *port != usual);
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let written = format!("{scheme}://{}{port}", host.to_ascii_lowercase());
    if host.contains('*') || written != text {
        return Err(malformed());
    }
    written.parse().map_err(|_| malformed())
}

/// What a page may send along.
const ALLOWED: [&str; 11] = [
    "authorization",
    "content-type",
    "grpc-timeout",
    "idempotency-key",
    "if-match",
    "last-event-id",
    "request-timeout",
    "traceparent",
    "tracestate",
    "x-grpc-web",
    "x-user-agent",
];

/// What a page may read of a reply, beside its body and the few headers that it always may.
const EXPOSED: [&str; 5] =
    ["etag", "grpc-message", "grpc-status", "grpc-status-details-bin", "retry-after"];

#[derive(Clone)]
struct Dispatch {
    grpc: GrpcWebService<Guarded>,
    rest: Router,
    stall: Duration,
}

impl Service<Request<Body>> for Dispatch {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let content_type = request.headers().get(CONTENT_TYPE);
        if content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc")) {
            let reply = self.grpc.call(request);
            Box::pin(async move { Ok(reply.await?.map(Body::new)) })
        } else {
            let request = request.map(|body| Body::new(Progress::new(body, self.stall)));
            Box::pin(Service::call(&mut self.rest, request))
        }
    }
}
