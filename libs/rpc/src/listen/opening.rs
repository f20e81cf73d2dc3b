//! A port while its process starts: health is answered, everything else waits.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use tokio::sync::SetOnce;
use tonic_web::GrpcWebLayer;
use tower::{Layer, Service};

use crate::stack::Guarded;

/// What a port answers from the moment it is bound. While its process starts, `before` (health) is
/// answered and everything else waits; once it is open, everything goes to the app.
#[derive(Clone)]
pub struct Opening {
    before: Guarded,
    app: Arc<SetOnce<Router>>,
}

impl Opening {
    /// Answers the methods of `before`.
    pub fn new(before: Guarded) -> Self {
        Self { before, app: Arc::default() }
    }

    /// What the listener serves.
    pub fn app(&self) -> Router {
        Router::new().fallback_service(self.clone())
    }

    /// Lets everything through to `app`, also what waits; the first one stays.
    pub fn open(&self, app: Router) {
        // An error gives the second one back.
        let _ = self.app.set(app);
    }
}

impl Service<Request<Body>> for Opening {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if let Some(app) = self.app.get() {
            return Box::pin(Service::call(&mut app.clone(), request));
        }
        if self.before.methods().find(request.uri().path()).is_some() {
            let reply = GrpcWebLayer::new().layer(self.before.clone()).call(request);
            return Box::pin(async move { Ok(reply.await?.map(Body::new)) });
        }
        let app = Arc::clone(&self.app);
        Box::pin(async move { Service::call(&mut app.wait().await.clone(), request).await })
    }
}
