//! How a client reaches a service: one type, whether the service is in this process or another.
//!
//! `TicketsServiceClient<Endpoint>` is written once; composition decides what is behind it. Either way
//! the call leaves with the same things: a service token that says who calls, the time that is left,
//! and the trace. Either way it is refused between BEGIN and COMMIT, before anything else happens:
//! a transaction must not wait for another service.
//!
//! In process a call is encoded, decoded and passes the whole stack as on the wire, on a task of its
//! own: a panic stays there, and dropping the call ends it at its next await (what the command runner
//! has taken runs to its end).

mod body;
mod local;
mod remote;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{Request, Response};
use kefu_telemetry::trace;
use tokio::time::timeout;
use tonic::Status;
use tonic::body::Body;
use tower::Service;
use tracing::Instrument;

pub use self::local::Local;
pub use self::remote::{ClientTls, Remote, RemoteConfig};

use self::body::ObservedBody;
use crate::caller::Caller;
use crate::error::RpcError;
use crate::observe::Observation;
use crate::token::TokenSigner;
use crate::{context, deadline, status};

/// How long a remote service may take to begin its reply where nobody gave a time.
const PATIENCE: Duration = Duration::from_secs(30);

/// The transport of every generated client. Cheap to clone.
#[derive(Clone)]
pub struct Endpoint {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    target: String,
    transport: Transport,
    signer: TokenSigner,
    voice: Voice,
    refuse_when: fn() -> bool,
}

#[derive(Clone)]
enum Transport {
    Local(Local),
    Remote(Remote),
}

/// In whose name an endpoint calls.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Voice {
    Service,
    Caller,
}

impl Endpoint {
    /// Reaches `target` (`tickets`) in this process, also while it is still being put together.
    /// `signer` is the calling process's.
    pub fn local(target: &str, local: impl Into<Local>, signer: TokenSigner) -> Self {
        Self::new(target, Transport::Local(local.into()), signer)
    }

    /// Reaches `target` over the network.
    pub fn remote(target: &str, remote: Remote, signer: TokenSigner) -> Self {
        Self::new(target, Transport::Remote(remote), signer)
    }

    fn new(target: &str, transport: Transport, signer: TokenSigner) -> Self {
        let target = target.to_owned();
        let inner =
            Inner { target, transport, signer, voice: Voice::Service, refuse_when: || false };
        Self { inner: Arc::new(inner) }
    }

    /// Refuses every call while `condition` holds where it is made: inside a write transaction.
    pub fn refuse_when(mut self, condition: fn() -> bool) -> Self {
        Arc::make_mut(&mut self.inner).refuse_when = condition;
        self
    }

    /// Calls as whoever's call is being served, instead of as the service in its name. Only the
    /// gateway's key is believed when it does so.
    pub fn as_caller(mut self) -> Self {
        Arc::make_mut(&mut self.inner).voice = Voice::Caller;
        self
    }

    /// The service that it reaches.
    pub fn target(&self) -> &str {
        &self.inner.target
    }
}

impl Service<Request<Body>> for Endpoint {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if (self.inner.refuse_when)() {
            let service = self.inner.target.clone();
            let refused = status::from_fault(&RpcError::CallInTransaction { service });
            return Box::pin(std::future::ready(Err(refused)));
        }
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.send(request).await })
    }
}

impl Inner {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let method = request.uri().path().trim_start_matches('/');
        let mut observed = Observation::client(method);
        let span = observed.span().clone();
        let sent = self.carry(request).instrument(span).await;
        match sent {
            Ok(response) => {
                // An error without a body: nobody will poll one.
                if let Some(failed) = Status::from_header_map(response.headers()) {
                    observed.end(failed.code());
                }
                Ok(response.map(|body| Body::new(ObservedBody::new(body, observed))))
            }
            Err(fault) => {
                let status = status::from_fault(&fault);
                observed.end(status.code());
                Err(status)
            }
        }
    }

    async fn carry(&self, mut request: Request<Body>) -> Result<Response<Body>, RpcError> {
        let left = self.prepare(&mut request)?;
        match &self.transport {
            // The stack there keeps the deadline; its own timer would be a second one.
            Transport::Local(local) => local.call(&self.target, request).await,
            Transport::Remote(remote) => {
                let reply = remote.call(&self.target, request);
                timeout(left.unwrap_or(PATIENCE), reply)
                    .await
                    .unwrap_or(Err(RpcError::DeadlineExceeded))
            }
        }
    }

    /// Writes the headers that go with every call. Gives the time that is left for it.
    fn prepare(&self, request: &mut Request<Body>) -> Result<Option<Duration>, RpcError> {
        let current = context::current();
        let inherited = current.as_ref().map(|call| call.remaining());
        let headers = request.headers_mut();
        let left = [deadline::read(headers)?, inherited].into_iter().flatten().min();
        if let Some(left) = left {
            if left.is_zero() {
                return Err(RpcError::DeadlineExceeded);
            }
            deadline::write(headers, left);
        }
        let principal = current.as_ref().map(|call| call.principal());
        let caller = match (self.voice, &current) {
            (Voice::Caller, Some(call)) => call.caller().clone(),
            (Voice::Caller, None) => Caller::public(),
            (Voice::Service, _) => Caller::service(self.signer.service(), principal),
        };
        headers.insert(AUTHORIZATION, self.signer.authorization(&caller, &self.target)?);
        headers.remove(trace::TRACEPARENT);
        trace::inject(headers);
        Ok(left)
    }
}
