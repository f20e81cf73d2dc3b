//! Passing a call on to the service that owns it: the gateway's way of serving what is not its own.
//!
//! Frames pass unread in both directions, so unary calls and streams are the same here and nothing is
//! decoded twice. The endpoint puts its own credentials, deadline and trace into the headers.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, HOST};
use http::{Request, Response, Version};
use tonic::body::Body;
use tower::Service;

use crate::endpoint::Endpoint;

/// Headers that concern this hop only, or that are nobody else's business.
const OURS: [http::HeaderName; 5] = [AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, HOST];

#[derive(Clone)]
pub(crate) struct Forward {
    endpoint: Endpoint,
}

impl Forward {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }
}

impl Service<Request<axum::body::Body>> for Forward {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<axum::body::Body>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let mut onward = Request::new(Body::new(body));
        *onward.method_mut() = parts.method;
        *onward.uri_mut() = parts.uri;
        *onward.version_mut() = Version::HTTP_2;
        *onward.headers_mut() = parts.headers;
        for name in &OURS {
            onward.headers_mut().remove(name);
        }
        let reply = Service::call(&mut self.endpoint, onward);
        Box::pin(async move { Ok(reply.await.unwrap_or_else(|status| status.into_http())) })
    }
}
