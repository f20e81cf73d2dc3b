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
use http::{HeaderName, HeaderValue, Method, Request, Response};
use tonic_web::{GrpcWebLayer, GrpcWebService};
use tower::{Layer, Service};
use tower_http::cors::CorsLayer;

use crate::error::{BoxError, RpcError};
use crate::stack::Guarded;
use crate::stack::body::Progress;

/// What a listener serves: `grpc` for gRPC and gRPC-Web, `rest` for everything else.
pub fn app(grpc: Guarded, rest: Router) -> Router {
    let stall = grpc.stall();
    let grpc = GrpcWebLayer::new().layer(grpc);
    Router::new().fallback_service(Dispatch { grpc, rest, stall })
}

/// Lets pages of `origins` (`https://console.example.org`) call an app: `app(…).layer(cors(…)?)`.
pub fn cors(origins: &[String]) -> Result<CorsLayer, RpcError> {
    let wrong = |cause| RpcError::set_up_by("an origin is malformed", BoxError::from(cause));
    let origins: Vec<HeaderValue> =
        origins.iter().map(|origin| origin.parse().map_err(wrong)).collect::<Result<_, _>>()?;
    let exposed = ["grpc-status", "grpc-message", "grpc-status-details-bin", "retry-after"];
    Ok(CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(ALLOWED.map(HeaderName::from_static))
        .expose_headers(exposed.map(HeaderName::from_static))
        .max_age(Duration::from_secs(24 * 60 * 60)))
}

/// What a page may send along.
const ALLOWED: [&str; 8] = [
    "authorization",
    "content-type",
    "grpc-timeout",
    "idempotency-key",
    "if-match",
    "traceparent",
    "x-grpc-web",
    "x-user-agent",
];

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
