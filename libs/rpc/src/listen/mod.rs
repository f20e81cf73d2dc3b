//! The one accept loop: every port of every process is served here, with the same limits.
//!
//! `axum::serve` exposes no HTTP/2 limits, and tonic's server offers only `h2` and a fixed certificate;
//! so this stands directly on hyper-util and tokio-rustls. One port answers gRPC, gRPC-Web and REST
//! over HTTP/2 and HTTP/1.1, by TLS and ALPN, or in clear on loopback.
//!
//! A connection is bounded in every direction: handshake and first bytes within five seconds, headers
//! 16 KiB, 128 streams, pings, resets, age. At its age it is asked to go (GOAWAY) and may finish what
//! is open. A drain asks all to go at once, waits, and ends the rest.

mod app;
mod connection;
mod limits;
mod opening;
mod socket;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use kefu_telemetry::{KeyValue, metrics};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use self::app::{app, cors};
pub use self::limits::ListenLimits;
pub use self::opening::Opening;
pub use self::tls::{ServerTls, TlsFiles};

use self::connection::Shared;
use self::limits::Admission;
use crate::error::RpcError;

/// Where and how to listen.
#[derive(Clone, Debug)]
pub struct ListenConfig {
    /// Address and port; port 0 takes a free one.
    pub address: SocketAddr,
    /// Certificate and key; none: in clear, which needs loopback or `allow_plain`.
    pub tls: Option<TlsFiles>,
    /// Serve in clear also beyond loopback: behind something else that ends TLS.
    pub allow_plain: bool,
    /// What connections are bounded by.
    pub limits: ListenLimits,
}

/// The other end of a connection, beside each request that comes over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Where it connects from.
    pub address: SocketAddr,
    /// The names in its certificate (`service:tickets`, host names), where it showed one that our
    /// authority has signed.
    pub certificate_names: Option<Arc<[String]>>,
}

/// A bound port.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<ServerTls>,
    limits: ListenLimits,
}

/// How a listener's life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that did not finish within the grace and were cut.
    pub cut: usize,
}

impl Listener {
    /// Binds the port and reads the certificate.
    pub async fn bind(config: ListenConfig) -> Result<Self, RpcError> {
        if config.tls.is_none() && !config.allow_plain && !config.address.ip().is_loopback() {
            let what = format!("{} is not on loopback and has no certificate", config.address);
            return Err(RpcError::set_up(what));
        }
        let tls = match config.tls {
            Some(files) => Some(ServerTls::read(files).await?),
            None => None,
        };
        let failed =
            |cause| RpcError::set_up_by(format!("{} cannot be bound", config.address), cause);
        let socket = TcpListener::bind(config.address).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Self { socket, address, tls, limits: config.limits })
    }

    /// The address bound, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate in use, to be read again; none where the port is in clear.
    pub fn tls(&self) -> Option<&ServerTls> {
        self.tls.as_ref()
    }

    /// Serves `app` until `drain`, then gives what is open `grace` to finish.
    pub async fn serve(self, app: Router, drain: CancellationToken, grace: Duration) -> Drained {
        let admission = Admission::new(&self.limits);
        let shared = Arc::new(Shared::new(app, self.tls, self.limits, drain.clone()));
        let mut connections = JoinSet::new();
        let port = [KeyValue::new("server.port", i64::from(self.address.port()))];
        loop {
            tokio::select! {
                () = drain.cancelled() => break,
                Some(_) = connections.join_next() => {}
                (stream, address) = accept(&self.socket) => {
                    if let Some(place) = admission.admit(address.ip()) {
                        let work = connection::run(Arc::clone(&shared), stream, address);
                        connections.spawn(async move {
                            work.await;
                            drop(place);
                        });
                    }
                }
            }
            metrics::RPC_CONNECTIONS.set(count(connections.len()), &port);
        }
        drop(self.socket);
        let finish = async { while connections.join_next().await.is_some() {} };
        let finished = tokio::time::timeout(grace, finish).await.is_ok();
        let cut = if finished { 0 } else { connections.len() };
        // The streams run on tasks of their own: they end with the token, not with the connection.
        shared.abort.cancel();
        connections.shutdown().await;
        metrics::RPC_CONNECTIONS.set(0.0, &port);
        Drained { cut }
    }
}

/// The next connection. Out of file handles and the like, it waits a little: the listener must live.
async fn accept(socket: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match socket.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if connection_error(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Whether accepting failed because that one connection did.
fn connection_error(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

fn count(connections: usize) -> f64 {
    u32::try_from(connections).unwrap_or(u32::MAX).into()
}
