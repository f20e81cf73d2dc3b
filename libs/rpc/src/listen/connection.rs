//! One connection, from its handshake to its end.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::socket::Socket;
use super::tls::certificate_names;
use super::{ListenLimits, Peer, ServerTls};
use crate::tasks::Streams;

/// What all connections of a listener share.
pub(super) struct Shared {
    app: Router,
    tls: Option<ServerTls>,
    limits: ListenLimits,
    drain: CancellationToken,
    /// Ends the streams that outlive the drain.
    pub(super) abort: CancellationToken,
    http: Builder<Streams>,
}

impl Shared {
    pub(super) fn new(
        app: Router,
        tls: Option<ServerTls>,
        limits: ListenLimits,
        drain: CancellationToken,
    ) -> Self {
        let abort = CancellationToken::new();
        let http = http(&limits, Streams { abort: abort.clone() });
        Self { app, tls, limits, drain, abort, http }
    }
}

/// Serves the connection `stream` until it ends, of itself or at its age.
pub(super) async fn run(shared: Arc<Shared>, stream: TcpStream, address: SocketAddr) {
    // It fails only where the connection is already gone, which the first read will tell.
    let _ = stream.set_nodelay(true);
    let Some(tls) = &shared.tls else {
        let peer = Peer { address, certificate_names: None };
        return serve(&shared, stream, peer).await;
    };
    match timeout(shared.limits.handshake_timeout, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            let peer = Peer { address, certificate_names: certificate_names(&stream) };
            serve(&shared, stream, peer).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn serve<S>(shared: &Shared, stream: S, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let begun = CancellationToken::new();
    let io = TokioIo::new(Socket::new(stream, begun.clone()));
    let app = shared.app.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        app.clone().oneshot(request)
    });
    let mut connection = pin!(shared.http.serve_connection(io, service));
    let mut silent = pin!(stays_silent(shared, &begun));
    let mut leaves = pin!(asked_to_leave(shared, &begun));
    let mut asked = false;
    let mut last_call = pin!(sleep(shared.limits.connection_age + shared.limits.age_grace));
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(error, "a connection ended early");
                }
                return;
            }
            () = silent.as_mut() => return,
            () = leaves.as_mut(), if !asked => {
                asked = true;
                connection.as_mut().graceful_shutdown();
            }
            () = last_call.as_mut() => return,
        }
    }
}

/// Resolves when the connection has sent next to nothing for too long.
async fn stays_silent(shared: &Shared, begun: &CancellationToken) {
    if timeout(shared.limits.header_timeout, begun.cancelled()).await.is_ok() {
        std::future::pending::<()>().await;
    }
}

/// Resolves when the connection is old enough or the server drains, and it has begun: asked before, it
/// would be closed with the first call already on its way.
async fn asked_to_leave(shared: &Shared, begun: &CancellationToken) {
    let age = shared.limits.connection_age;
    tokio::select! {
        () = sleep(age - spread(age)) => {}
        () = shared.drain.cancelled() => {}
    }
    begun.cancelled().await;
}

/// Up to a tenth of `age`, another one for each connection.
fn spread(age: Duration) -> Duration {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let turn = TURN.fetch_add(1, Ordering::Relaxed) % 64;
    age / 640 * u32::try_from(turn).unwrap_or(0)
}

fn http(limits: &ListenLimits, streams: Streams) -> Builder<Streams> {
    let mut http = Builder::new(streams);
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(usize::try_from(limits.header_bytes).unwrap_or(16 * 1024))
        .max_headers(100);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams_per_connection)
        .max_header_list_size(limits.header_bytes)
        .keep_alive_interval(limits.keepalive_interval)
        .keep_alive_timeout(limits.keepalive_timeout)
        .max_pending_accept_reset_streams(limits.pending_resets)
        .max_local_error_reset_streams(1_024);
    http
}
