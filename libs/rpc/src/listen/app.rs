//! One port for gRPC, gRPC-Web and REST: what a request is, its content type says.
//!
//! gRPC's paths are its own and its content type starts with `application/grpc`, so it never meets a
//! REST route; and tonic's gRPC-Web layer, which answers 400 to plain HTTP/1.1, sees only gRPC.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{Request, Response};
use tonic_web::{GrpcWebLayer, GrpcWebService};
use tower::{Layer, Service};

use crate::stack::Guarded;

/// What a listener serves: `grpc` for gRPC and gRPC-Web, `rest` for everything else.
pub fn app(grpc: Guarded, rest: Router) -> Router {
    let grpc = GrpcWebLayer::new().layer(grpc);
    Router::new().fallback_service(Dispatch { grpc, rest })
}

#[derive(Clone)]
struct Dispatch {
    grpc: GrpcWebService<Guarded>,
    rest: Router,
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
            let reply = Service::call(&mut self.rest, request);
            Box::pin(reply)
        }
    }
}
