//! One replica: its connections, what is in flight on them, and whether it answered lately.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tower::ServiceExt;

use super::cause;
use crate::error::{BoxError, RpcError};

/// Streams on a connection before another one is opened; below what servers allow.
const STREAMS: usize = 96;

/// Connections to one replica.
const CONNECTIONS: usize = 64;

/// How long a replica that failed is asked last.
const AVOIDED: Duration = Duration::from_secs(2);

/// A replica's name, for its certificate, and its address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ReplicaKey {
    pub(super) host: String,
    pub(super) address: SocketAddr,
}

pub(super) struct Replica {
    pub(super) key: ReplicaKey,
    endpoint: Endpoint,
    connections: Mutex<Vec<Connection>>,
    in_flight: Arc<AtomicUsize>,
    failed_at: Mutex<Option<Instant>>,
}

struct Connection {
    channel: Channel,
    in_flight: Arc<AtomicUsize>,
}

impl Replica {
    pub(super) fn new(key: ReplicaKey, tls: Option<ClientTlsConfig>) -> Result<Self, RpcError> {
        let failed =
            |cause| RpcError::set_up_by(format!("{} cannot be called", key.address), cause);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let at = |place: String| format!("{scheme}://{place}").parse::<Uri>();
        let address = at(key.address.to_string()).map_err(|cause| failed(BoxError::from(cause)))?;
        let origin = at(format!("{}:{}", key.host, key.address.port()))
            .map_err(|cause| failed(BoxError::from(cause)))?;
        let mut endpoint = Endpoint::from(address)
            .origin(origin)
            .connect_timeout(Duration::from_secs(2))
            .http2_keep_alive_interval(Duration::from_secs(60))
            .keep_alive_timeout(Duration::from_secs(20))
            .keep_alive_while_idle(true)
            .http2_max_header_list_size(16 * 1024);
        if let Some(tls) = tls {
            let tls = tls.domain_name(key.host.trim_matches(['[', ']']));
            let tls = tls.timeout(Duration::from_secs(5));
            endpoint = endpoint.tls_config(tls).map_err(|cause| failed(cause.into()))?;
        }
        Ok(Self {
            key,
            endpoint,
            connections: Mutex::new(Vec::new()),
            in_flight: Arc::default(),
            failed_at: Mutex::new(None),
        })
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub(super) fn failed_lately(&self) -> bool {
        lock(&self.failed_at).is_some_and(|at| at.elapsed() < AVOIDED)
    }

    pub(super) async fn call(&self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let (channel, counted) = self.connection();
        let reply = channel.oneshot(request).await;
        *lock(&self.failed_at) = reply.is_err().then(Instant::now);
        let response = reply.map_err(cause)?;
        Ok(response.map(|inner| Body::new(CountedBody { inner, _counted: counted })))
    }

    /// The least busy connection; another one where all are nearly full.
    fn connection(&self) -> (Channel, Counted) {
        let mut connections = lock(&self.connections);
        let busy = |one: &Connection| one.in_flight.load(Ordering::Relaxed);
        if connections.len() > 1 {
            let mut first = true;
            connections.retain(|one| std::mem::take(&mut first) || busy(one) > 0);
        }
        let full = connections.iter().all(|one| busy(one) >= STREAMS);
        if full && connections.len() < CONNECTIONS {
            let channel = self.endpoint.connect_lazy();
            connections.push(Connection { channel, in_flight: Arc::default() });
        }
        let least = connections.iter().min_by_key(|one| busy(one));
        let least = least.expect("there is a connection: one was made where there was none");
        let counted = Counted::new([&self.in_flight, &least.in_flight]);
        (least.channel.clone(), counted)
    }
}

/// Counts one call on its replica and connection, for as long as its reply lasts.
struct Counted([Arc<AtomicUsize>; 2]);

impl Counted {
    fn new(counters: [&Arc<AtomicUsize>; 2]) -> Self {
        let counters = counters.map(Arc::clone);
        for counter in &counters {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        Self(counters)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        for counter in &self.0 {
            counter.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

struct CountedBody {
    inner: Body,
    _counted: Counted,
}

impl http_body::Body for CountedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.get_mut().inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
