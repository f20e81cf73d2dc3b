//! Connections: their protocols, their age, and how a drain ends them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use kefu_rpc::{Drained, Endpoint, ListenLimits, Remote, RemoteConfig, app, client};
use kefu_rpc_fixture::v1::Act;
use kefu_rpc_fixture::v1::echo_service_client::EchoServiceClient;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::{Code, Request};

use crate::calls::{acting, echo, failure};
use crate::echo::Echo;
use crate::world::{Settings, World, bind, gateway_signer, service};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_offers_both_versions_of_http() {
    let world = World::by_mutual_tls().await;
    for protocol in ["h2", "http/1.1"] {
        let (_, chosen) = handshake(&world, &[protocol]).await;
        assert_eq!(chosen.as_deref(), Some(protocol.as_bytes()));
    }
    world.close().await;
}

/// Calls go on over connections that grow old all the time. (gRPC clients send a call again that a
/// server refused on its way out; the endpoint is one.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_grow_old_and_no_call_fails() {
    let connection_age = Duration::from_millis(100);
    let listen = ListenLimits { connection_age, ..Settings::default().listen };
    let world = World::by_mutual_tls_with(Settings { listen, ..Settings::default() }).await;
    let load = Load::start(&world, 8);
    for _ in 0..5 {
        a_connection_grows_old(world.replicas[0].address.unwrap(), &world).await;
    }
    load.runs_on(100).await;
    load.stop().await;
    world.close().await;
}

/// Opens a connection and waits until the server has closed it.
async fn a_connection_grows_old(address: SocketAddr, world: &World) {
    let stream = connect(address, world, &["h2"]).await;
    let (sender, connection) =
        http2::handshake::<_, _, Body>(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    // It ends when the server has asked it to go, since nothing is open on it.
    connection.await.unwrap();
    drop(sender);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_lets_a_call_finish() {
    let world = World::by_mutual_tls().await;
    let mut client = world.client("agent");
    let mut calls = JoinSet::new();
    calls.spawn(async move {
        let mut request = Request::new(acting(Act::Hang));
        request.set_timeout(Duration::from_millis(700));
        client.echo(request).await
    });
    while world.replicas.iter().all(|replica| *replica.echo.hanging.borrow() == 0) {
        tokio::task::yield_now().await;
    }
    world.drain();
    let told = failure(calls.join_next().await.unwrap().unwrap());
    assert_eq!(told.reason, "DEADLINE_EXCEEDED", "its own end, not the connection's");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_cuts_what_outlasts_its_grace() {
    let drain = CancellationToken::new();
    let replica = Echo::new("one");
    let settings = Settings::default();
    let guarded = service(&replica, &settings, &CancellationToken::new());
    let listener = bind(None, &settings.listen).await;
    let addresses = vec![listener.address().to_string()];
    let mut server = JoinSet::new();
    let grace = Duration::from_millis(100);
    server.spawn(listener.serve(app(guarded, Router::new()), drain.clone(), grace));
    let refresh = Duration::from_secs(5);
    let remote = Remote::new(RemoteConfig { addresses, tls: None, refresh }).await.unwrap();
    let endpoint = Endpoint::remote("fixture", remote, gateway_signer());
    let mut calls = JoinSet::new();
    let mut client = client!(EchoServiceClient, endpoint);
    calls.spawn(async move { client.echo(acting(Act::Hang)).await });
    replica.hang_count_is(1).await;
    drain.cancel();
    assert_eq!(server.join_next().await.unwrap().unwrap(), Drained { cut: 1 });
    replica.hang_count_is(0).await;
    let told = failure(calls.join_next().await.unwrap().unwrap());
    assert_eq!((told.code, told.reason.as_str()), (Code::Unavailable, "DEPENDENCY_UNAVAILABLE"));
}

#[tokio::test]
async fn in_clear_only_loopback_is_listened_on_and_called() {
    let config = kefu_rpc::ListenConfig {
        address: ([0, 0, 0, 0], 0).into(),
        tls: None,
        allow_plain: false,
        limits: ListenLimits::default(),
    };
    assert!(kefu_rpc::Listener::bind(config).await.is_err());
    let addresses = vec!["192.0.2.1:443".to_owned()];
    let refresh = Duration::from_secs(5);
    assert!(Remote::new(RemoteConfig { addresses, tls: None, refresh }).await.is_err());
}

/// Callers that call without pause; each call must succeed.
pub struct Load {
    callers: JoinSet<()>,
    done: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    failed: Arc<AtomicBool>,
}

impl Load {
    /// Begins.
    pub fn start(world: &World, callers: usize) -> Self {
        let done = Arc::new(AtomicUsize::new(0));
        let (stop, failed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let mut set = JoinSet::new();
        for _ in 0..callers {
            let (mut client, done) = (world.client("agent"), Arc::clone(&done));
            let (stop, failed) = (Arc::clone(&stop), Arc::clone(&failed));
            set.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let reply = client.echo(echo("x")).await;
                    failed.fetch_or(reply.is_err(), Ordering::Relaxed);
                    reply.unwrap();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self { callers: set, done, stop, failed }
    }

    /// Waits until `count` more calls are done.
    pub async fn runs_on(&self, count: usize) {
        let until = self.done.load(Ordering::Relaxed) + count;
        while self.done.load(Ordering::Relaxed) < until && !self.failed.load(Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
    }

    /// Ends, once every caller has its last answer.
    pub async fn stop(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(caller) = self.callers.join_next().await {
            caller.expect("a call failed under load");
        }
    }
}

/// Connects to the first replica: the certificate that it shows, and the protocol that it takes.
pub async fn handshake(
    world: &World,
    protocols: &[&str],
) -> (CertificateDer<'static>, Option<Vec<u8>>) {
    let stream = connect(world.replicas[0].address.unwrap(), world, protocols).await;
    let (_, session) = stream.get_ref();
    let certificate = session.peer_certificates().unwrap()[0].clone();
    (certificate, session.alpn_protocol().map(<[u8]>::to_vec))
}

/// A TLS connection with a certificate of its own.
async fn connect(address: SocketAddr, world: &World, protocols: &[&str]) -> TlsStream<TcpStream> {
    let identity = world.network.as_ref().unwrap().1.issue("looker");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&identity.authority).unwrap()).unwrap();
    let chain = vec![CertificateDer::from_pem_file(&identity.certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&identity.key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    connector.connect(name, stream).await.unwrap()
}
