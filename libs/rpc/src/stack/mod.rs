//! What every call passes on its way to a handler, the same in process and over the network.
//!
//! One service around tonic's `Routes`, so that it exists wherever the routes do (layers on a socket
//! server would not exist in process). In order, outermost first:
//!
//! 1. **observe**: a span that continues the caller's trace, and the call's duration and code;
//! 2. **method**: a path that the descriptors do not know is UNIMPLEMENTED;
//! 3. **deadline**: the caller's `grpc-timeout` within our limits; handler and stream are cut at it;
//! 4. **shed**: past the limit in flight a call is refused at once, never queued; health comes first;
//! 5. **authenticate**, 6. **rate limit** per caller, 7. **permission** of the method's option, before
//!    the request is decoded and before anything is looked up;
//! 8. **panic guard** around the handler; then the codec decodes and validates, then the handler runs.
//!
//! The reply's body stays under guard (`body`): a stream is cut at its deadline, when it stalls, when
//! the server drains or when its caller loses the permission.

pub(crate) mod body;
mod rate;
mod shed;

use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use http::request::Parts;
use http::{Request, Response};
use kefu_kernel::{Ambient, PrincipalKind};
use kefu_telemetry::semconv::rpc::OTHER_METHOD;
use kefu_telemetry::{metrics, trace};
use ring::hmac;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::{Code, Status};
use tower::{Service, ServiceExt};
use tracing::Instrument;

use self::body::{GuardedBody, Progress};
use self::rate::Rates;
use self::shed::{Shed, Slot};
use crate::auth::{Authentication, Credentials};
use crate::caller::Caller;
use crate::context::{self, CallContext, Surroundings};
use crate::deadline;
use crate::error::RpcError;
use crate::listen::Peer;
use crate::method::{Method, Methods};
use crate::observe::Observation;
use crate::roles::Roles;
use crate::status;

/// How a server treats its calls. The defaults are contracts' limits.
#[derive(Clone, Debug, PartialEq)]
pub struct StackLimits {
    /// Time for a unary call whose caller gives none.
    pub unary_default: Duration,
    /// The most that a unary call gets.
    pub unary_max: Duration,
    /// The most that a stream gets, and what it gets where its caller gives none.
    pub stream_max: Duration,
    /// How long a stream may move nothing (a watch has a heartbeat well within it).
    pub stall: Duration,
    /// Unary calls in flight; health and reflection have a reserve beyond it.
    pub calls_in_flight: usize,
    /// Streams open.
    pub streams_open: usize,
    /// Calls a second of one caller, where the stack faces outside; services are not limited.
    pub rate_per_second: u32,
    /// Calls of one caller at once, before the rate applies.
    pub rate_burst: u32,
}

impl Default for StackLimits {
    fn default() -> Self {
        Self {
            unary_default: Duration::from_secs(10),
            unary_max: Duration::from_secs(30),
            stream_max: Duration::from_secs(15 * 60),
            stall: Duration::from_secs(30),
            calls_in_flight: 2_048,
            streams_open: 20_000,
            rate_per_second: 200,
            rate_burst: 1_000,
        }
    }
}

/// What a stack is made of.
pub struct StackConfig {
    /// How callers are established.
    pub authentication: Authentication,
    /// Which permissions roles hold.
    pub roles: Roles,
    /// Deadlines, numbers in flight, rates.
    pub limits: StackLimits,
    /// Key of the hash under which requests are compared for idempotency; it must outlive their rows.
    pub fingerprint_key: [u8; 32],
    /// Cancelled when the process begins to stop: streams then end at once.
    pub draining: CancellationToken,
    /// Clocks and randomness.
    pub ambient: Ambient,
}

/// Services behind their stack. In process it is the server; a listener serves the same value.
#[derive(Clone)]
pub struct Guarded {
    stack: Arc<Stack>,
    routes: Routes,
}

struct Stack {
    methods: Methods,
    authentication: Authentication,
    roles: Roles,
    limits: StackLimits,
    rates: Rates,
    shed: Shed,
    draining: CancellationToken,
    surroundings: Arc<Surroundings>,
}

/// A call that was let through, with what must live as long as its reply.
struct Admitted {
    context: Arc<CallContext>,
    slot: Slot,
}

impl Guarded {
    pub(crate) fn new(routes: Routes, methods: Methods, config: StackConfig) -> Self {
        let fingerprint_key = hmac::Key::new(hmac::HMAC_SHA256, &config.fingerprint_key);
        let surroundings = Surroundings { ambient: config.ambient.clone(), fingerprint_key };
        let stack = Stack {
            methods,
            authentication: config.authentication,
            roles: config.roles,
            rates: Rates::new(&config.limits, config.ambient),
            shed: Shed::new(&config.limits),
            limits: config.limits,
            draining: config.draining,
            surroundings: Arc::new(surroundings),
        };
        Self { stack: Arc::new(stack), routes: routes.prepare() }
    }

    /// Every method served, with its permission and shape.
    pub fn methods(&self) -> &Methods {
        &self.stack.methods
    }

    /// How long a request's body may stand still.
    pub(crate) fn stall(&self) -> Duration {
        self.stack.limits.stall
    }

    /// The table of roles that calls are checked with.
    pub fn roles(&self) -> &Roles {
        &self.stack.roles
    }
}

impl<B> Service<Request<B>> for Guarded
where
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<tonic::codegen::StdError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (stack, routes) = (Arc::clone(&self.stack), self.routes.clone());
        let request = request.map(Body::new);
        Box::pin(async move { Ok(stack.answer(routes, request).await) })
    }
}

impl Stack {
    async fn answer(self: Arc<Self>, routes: Routes, request: Request<Body>) -> Response<Body> {
        let Some(method) = self.methods.find(request.uri().path()).cloned() else {
            let mut observed = Observation::server(OTHER_METHOD, request.headers());
            observed.end(Code::Unimplemented);
            let path = request.uri().path().to_owned();
            return status::from_fault(&RpcError::MethodUnknown { path }).into_http();
        };
        let mut observed = Observation::server(&method.name, request.headers());
        let span = observed.span().clone();
        let served = self.serve(routes, request, &method).instrument(span).await;
        match served {
            Ok((response, admitted, cut)) => {
                let Admitted { context, slot } = admitted;
                // An error without a body: nobody will poll one.
                if let Some(failed) = Status::from_header_map(response.headers()) {
                    observed.end(failed.code());
                }
                response.map(|body| Body::new(GuardedBody::new(body, context, slot, observed, cut)))
            }
            Err(status) => {
                observed.end(status.code());
                status.into_http()
            }
        }
    }

    async fn serve(
        &self,
        routes: Routes,
        request: Request<Body>,
        method: &Arc<Method>,
    ) -> Result<(Response<Body>, Admitted, body::Cut), Status> {
        let (mut parts, mut body) = request.into_parts();
        let (deadline, given) = self.deadline_of(&parts, method)?;
        let whole = async {
            let admitted = self.admit(&parts, method, deadline).await?;
            let context = Arc::clone(&admitted.context);
            parts.extensions.insert(Arc::clone(&context));
            if method.client_streaming {
                body = Body::new(Progress::new(body, self.stall_of(method)));
            }
            let request = Request::from_parts(parts, body);
            let handler = context::within(Arc::clone(&context), routes.oneshot(request));
            let response = match AssertUnwindSafe(handler).catch_unwind().await {
                Ok(Ok(response)) => response,
                Ok(Err(never)) => match never {},
                Err(_panic) => return Err(context::within_sync(&context, panicked)),
            };
            Ok((context::within_sync(&context, || completed(response)), admitted))
        };
        match timeout_at(deadline, whole).await {
            Ok(Ok((response, admitted))) => {
                let cut = self.cut(method, deadline, given, &admitted.context);
                Ok((response, admitted, cut))
            }
            Ok(Err(status)) => Err(status),
            Err(_elapsed) => Err(status::from_fault(&RpcError::DeadlineExceeded)),
        }
    }

    /// When the call's time is over, and whether its caller said so (or we did, by our limits).
    fn deadline_of(&self, parts: &Parts, method: &Method) -> Result<(Instant, bool), Status> {
        let given = deadline::read(&parts.headers).map_err(|fault| status::from_fault(&fault))?;
        let (default, max) = match method.is_stream() {
            true => (self.limits.stream_max, self.limits.stream_max),
            false => (self.limits.unary_default, self.limits.unary_max),
        };
        let time = given.unwrap_or(default).min(max);
        Ok((Instant::now() + time, given.is_some_and(|given| given <= max)))
    }

    async fn admit(
        &self,
        parts: &Parts,
        method: &Arc<Method>,
        deadline: Instant,
    ) -> Result<Admitted, Status> {
        let admitted = async {
            let slot = self.shed.enter(method)?;
            let caller = self.caller_of(parts, method).await?;
            Ok((slot, caller))
        };
        let (slot, caller) =
            admitted.await.map_err(|fault: RpcError| status::from_fault(&fault))?;
        let context = Arc::new(CallContext::new(
            Arc::clone(method),
            caller,
            deadline,
            trace::current_traceparent(),
            Arc::clone(&self.surroundings),
        ));
        Ok(Admitted { context, slot })
    }

    /// Establishes the caller and that it may call this, now.
    async fn caller_of(&self, parts: &Parts, method: &Method) -> Result<Caller, RpcError> {
        let Some(permission) = &method.permission else { return Ok(Caller::public()) };
        let peer = parts.extensions.get::<Peer>();
        let credentials = Credentials { headers: &parts.headers, peer };
        let caller = self.authentication.caller_of(&credentials).await?;
        // Behind the gateway a caller was counted already.
        if self.authentication.faces_outside() {
            self.rates.check(&caller, peer)?;
        }
        if self.roles.allow(&caller, permission) {
            return Ok(caller);
        }
        if caller.principal.kind == PrincipalKind::Public {
            return Err(RpcError::CredentialsMissing);
        }
        let (rpc, principal) = (&method.name, &caller.principal.id);
        tracing::info!(rpc, principal, permission, "a call was denied");
        Err(RpcError::PermissionDenied { permission: permission.clone() })
    }

    /// What ends the reply's stream before its handler does; resolves to what its caller is told.
    fn cut(
        &self,
        method: &Arc<Method>,
        deadline: Instant,
        given: bool,
        context: &Arc<CallContext>,
    ) -> body::Cut {
        if !method.server_streaming {
            return None;
        }
        let (draining, roles) = (self.draining.clone(), self.roles.clone());
        let context = Arc::clone(context);
        let ends = async move {
            tokio::select! {
                () = tokio::time::sleep_until(deadline) => match given {
                    true => RpcError::DeadlineExceeded,
                    false => RpcError::WatchEnded,
                },
                () = draining.cancelled() => RpcError::WatchEnded,
                () = rights_lost(&roles, &context) => RpcError::RightsChanged,
            }
        };
        Some((Box::pin(ends), self.stall_of(method)))
    }

    /// How long a stream may move nothing. Health and reflection have nothing to say for long.
    fn stall_of(&self, method: &Method) -> Duration {
        match method.permission {
            Some(_) => self.limits.stall,
            None => self.limits.stream_max,
        }
    }
}

/// Resolves when the caller no longer holds the permission that it called with.
async fn rights_lost(roles: &Roles, context: &CallContext) {
    let mut changes = roles.changes();
    let Some(permission) = &context.method().permission else {
        return std::future::pending().await;
    };
    while roles.allow(context.caller(), permission) {
        if changes.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

fn panicked() -> Status {
    metrics::RPC_PANICS.add(1, &[]);
    status::from_fault(&RpcError::Panicked)
}

/// Gives an error that the transport or codec made its details.
fn completed(response: Response<Body>) -> Response<Body> {
    match Status::from_header_map(response.headers()) {
        Some(status) if status.code() != Code::Ok && status.details().is_empty() => {
            status::complete(status).into_http()
        }
        _ => response,
    }
}
