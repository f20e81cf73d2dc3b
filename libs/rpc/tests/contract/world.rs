//! A gateway and a service behind it, in either shape, with a client that comes in from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Once;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kefu_kernel::{Ambient, Principal, PrincipalKind, Scope};
use kefu_rpc::token::{PublicKey, ServiceTokens, TokenSigner, TokenVerifier};
use kefu_rpc::{
    Authenticate, Authentication, BoxError, Caller, ClientTls, Credentials, Drained, Endpoint,
    Guarded, ListenConfig, ListenLimits, Listener, Mount, Remote, RemoteConfig, Roles, RpcError,
    ServerTls, StackConfig, StackLimits, TlsFiles, app, server,
};
use kefu_rpc_fixture::FILE_DESCRIPTOR_SET;
use kefu_rpc_fixture::v1::echo_service_client::EchoServiceClient;
use kefu_rpc_fixture::v1::echo_service_server::EchoServiceServer;
use kefu_testkit::certs::{Authority, Identity};
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::async_trait;
use tonic::body::Body;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tower::util::BoxCloneService;
use tower::{Service, ServiceExt};
use tracing::Level;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

use crate::echo::Echo;

/// The way into the gateway, whatever the shape.
pub type Door = BoxCloneService<Request<Body>, Response<Body>, Status>;

/// A client with an API key.
pub type EchoClient = EchoServiceClient<InterceptedService<Door, Bearer>>;

/// A suite that runs.
pub struct World {
    door: Door,
    /// The gateway's roles: replacing them changes rights at once.
    pub roles: Roles,
    /// The service's replicas.
    pub replicas: Vec<Replica>,
    /// Where the gateway listens; in process it does not.
    pub address: Option<SocketAddr>,
    /// Over TLS, the replicas as the gateway sees them, and who signs certificates.
    pub network: Option<(Remote, Authority)>,
    drain: CancellationToken,
    servers: JoinSet<Drained>,
    _folder: tempfile::TempDir,
}

/// One replica.
pub struct Replica {
    /// Its handlers.
    pub echo: Echo,
    /// Where it listens; in process it does not.
    pub address: Option<SocketAddr>,
    /// Its certificate.
    pub tls: Option<ServerTls>,
    /// Stops it alone.
    pub stop: CancellationToken,
}

/// How a world differs from the usual.
#[derive(Clone)]
pub struct Settings {
    pub limits: StackLimits,
    /// The replicas' connections.
    pub listen: ListenLimits,
    /// The gateway's.
    pub gateway: ListenLimits,
}

impl Default for Settings {
    fn default() -> Self {
        let listen = ListenLimits { connections_per_address: 1_000, ..ListenLimits::default() };
        Self { limits: StackLimits::default(), gateway: listen.clone(), listen }
    }
}

impl World {
    /// Gateway and service in this process.
    pub async fn in_process() -> Self {
        Self::in_process_with(Settings::default()).await
    }

    pub async fn in_process_with(settings: Settings) -> Self {
        trace();
        let drain = CancellationToken::new();
        let echo = echo_with_onward("one");
        let service = service(&echo, &settings, &drain);
        let endpoint = Endpoint::local("fixture", service, gateway_signer()).as_caller();
        let (gateway, roles) = gateway(&endpoint, &settings, &drain);
        let replica = Replica { echo, address: None, tls: None, stop: drain.clone() };
        Self {
            door: door(gateway),
            roles,
            replicas: vec![replica],
            address: None,
            network: None,
            drain,
            servers: JoinSet::new(),
            _folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The gateway on a port, and two replicas behind mutual TLS.
    pub async fn by_mutual_tls() -> Self {
        Self::by_mutual_tls_with(Settings::default()).await
    }

    pub async fn by_mutual_tls_with(settings: Settings) -> Self {
        trace();
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new(folder.path());
        let drain = CancellationToken::new();
        let mut servers = JoinSet::new();
        let identity = authority.issue("fixture");
        let mut replicas = Vec::new();
        for name in ["one", "two"] {
            let stop = drain.child_token();
            let echo = echo_with_onward(name);
            let service = service(&echo, &settings, &stop);
            let listener = bind(Some(&identity), &settings.listen).await;
            let (address, tls) = (Some(listener.address()), listener.tls().cloned());
            servers.spawn(listener.serve(app(service, Router::new()), stop.clone(), GRACE));
            replicas.push(Replica { echo, address, tls, stop });
        }
        let addresses = replicas.iter().filter_map(|replica| replica.address);
        let remote = Remote::new(RemoteConfig {
            addresses: addresses.map(|address| format!("localhost:{}", address.port())).collect(),
            tls: Some(client_tls(&authority.issue("gateway"))),
            refresh: Duration::from_secs(5),
        });
        let remote = remote.await.unwrap();
        let endpoint = Endpoint::remote("fixture", remote.clone(), gateway_signer()).as_caller();
        let (gateway, roles) = gateway(&endpoint, &settings, &drain);
        let listener = bind(None, &settings.gateway).await;
        let address = listener.address();
        let rest = Router::new().route("/hello", get(async || "hello"));
        servers.spawn(listener.serve(app(gateway, rest), drain.clone(), GRACE));
        Self {
            door: network_door(address),
            roles,
            replicas,
            address: Some(address),
            network: Some((remote, authority)),
            drain,
            servers,
            _folder: folder,
        }
    }

    /// A client with the API key `key`: `agent`, `clerk`, or none for "".
    pub fn client(&self, key: &'static str) -> EchoClient {
        EchoServiceClient::with_interceptor(self.door.clone(), Bearer(key))
            .max_decoding_message_size(kefu_rpc::MAX_REPLY_BYTES)
    }

    /// The way in, for clients of other services.
    pub fn door(&self) -> Door {
        self.door.clone()
    }

    /// Begins to stop, as a process does.
    pub fn drain(&self) {
        self.drain.cancel();
    }

    /// Stops; every server must finish within its grace.
    pub async fn close(mut self) {
        drop(std::mem::replace(&mut self.door, closed()));
        self.drain.cancel();
        while let Some(drained) = self.servers.join_next().await {
            assert_eq!(drained.unwrap(), Drained { cut: 0 });
        }
    }
}

/// Makes spans, as with a collector: once for all tests of this binary.
fn trace() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let provider = SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let layer = layer.with_filter(Targets::new().with_target("kefu", Level::INFO));
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// How long servers of tests wait for open calls: until the test run would be given up anyway.
const GRACE: Duration = Duration::from_secs(60);

fn door<S>(service: S) -> Door
where
    S: Service<Request<Body>, Response = Response<Body>, Error: Into<BoxError>, Future: Send>
        + Clone
        + Send
        + 'static,
{
    service.map_err(|error| Status::from_error(error.into())).boxed_clone()
}

/// Over the network without tonic's channel, which keeps deadlines itself.
fn network_door(address: SocketAddr) -> Door {
    let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http::<Body>();
    door(tower::service_fn(move |mut request: Request<Body>| {
        let uri = format!("http://{address}{}", request.uri().path());
        *request.uri_mut() = uri.parse().unwrap();
        let reply = client.request(request);
        async move { reply.await.map(|reply| reply.map(Body::new)) }
    }))
}

fn closed() -> Door {
    tower::service_fn(async |_| Err::<Response<Body>, _>(Status::unavailable("closed")))
        .boxed_clone()
}

/// Sends `authorization: Bearer <key>`; nothing where the key is empty.
#[derive(Clone)]
pub struct Bearer(pub &'static str);

impl Interceptor for Bearer {
    fn call(
        &mut self,
        mut request: tonic::Request<()>,
    ) -> Result<tonic::Request<()>, tonic::Status> {
        if !self.0.is_empty() {
            let value = format!("Bearer {}", self.0).parse().unwrap();
            request.metadata_mut().insert("authorization", value);
        }
        Ok(request)
    }
}

/// The gateway's API keys: the key is its own name and its only role; `clerk` is narrowed besides.
struct Keys;

#[async_trait]
impl Authenticate for Keys {
    async fn authenticate(&self, call: &Credentials<'_>) -> Result<Option<Caller>, RpcError> {
        let Some(key) = call.bearer() else { return Ok(None) };
        if !["agent", "clerk", "stranger"].contains(&key) {
            return Ok(None);
        }
        let principal = Principal {
            kind: PrincipalKind::Key,
            id: format!("key_{key}"),
            roles: BTreeSet::from([key.to_owned()]),
            scope: Scope::All,
            on_behalf_of: None,
        };
        let scopes = (key == "clerk").then(|| BTreeSet::from(["fixture.echo".to_owned()]));
        Ok(Some(Caller { principal, scopes }))
    }
}

/// Which roles hold what.
pub fn roles() -> BTreeMap<String, BTreeSet<String>> {
    let all = ["fixture.echo", "fixture.change", "fixture.count", "fixture.collect"];
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    BTreeMap::from([
        ("agent".to_owned(), set(&all)),
        ("clerk".to_owned(), set(&all)),
        ("service".to_owned(), set(&["fixture.echo", "fixture.count"])),
    ])
}

pub fn gateway_signer() -> TokenSigner {
    TokenSigner::new("gateway", "1", &[1; 32], Ambient::system()).unwrap()
}

/// The keys that every service of the world knows.
pub fn public_keys() -> Vec<PublicKey> {
    let fixture = TokenSigner::new("fixture", "1", &[2; 32], Ambient::system()).unwrap();
    let gateway = PublicKey { speaks_for_others: true, ..gateway_signer().public_key() };
    vec![gateway, fixture.public_key()]
}

pub fn stack(
    authentication: Authentication,
    settings: &Settings,
    draining: &CancellationToken,
) -> StackConfig {
    StackConfig {
        authentication,
        roles: Roles::new(roles()),
        limits: settings.limits.clone(),
        fingerprint_key: [9; 32],
        draining: draining.clone(),
        ambient: Ambient::system(),
    }
}

/// The fixture service behind its stack.
pub fn service(echo: &Echo, settings: &Settings, drain: &CancellationToken) -> Guarded {
    let verifier = TokenVerifier::new("fixture", public_keys(), Ambient::system());
    let authentication = Authentication::required().with(ServiceTokens::new(verifier));
    let (_, health) = tonic_health::server::health_reporter();
    Mount::new()
        .add(server!(EchoServiceServer::new(echo.clone())), FILE_DESCRIPTOR_SET)
        .and_then(|mount| mount.health(health))
        .unwrap()
        .guard(stack(authentication, settings, drain))
}

fn gateway(
    endpoint: &Endpoint,
    settings: &Settings,
    drain: &CancellationToken,
) -> (Guarded, Roles) {
    let config = stack(Authentication::or_public().with(Keys), settings, drain);
    let roles = config.roles.clone();
    let (_, health) = tonic_health::server::health_reporter();
    let mount = Mount::new()
        .forward(endpoint, FILE_DESCRIPTOR_SET)
        .and_then(|mount| mount.health(health))
        .and_then(Mount::reflection);
    (mount.unwrap().guard(config), roles)
}

/// A replica whose handlers can ask another service, `fixture` again, in their own name.
fn echo_with_onward(name: &str) -> Echo {
    let other = Echo::new("other");
    let onward = service(&other, &Settings::default(), &CancellationToken::new());
    let signer = TokenSigner::new("fixture", "1", &[2; 32], Ambient::system()).unwrap();
    Echo { onward: Some(Endpoint::local("fixture", onward, signer)), ..Echo::new(name) }
}

pub async fn bind(identity: Option<&Identity>, limits: &ListenLimits) -> Listener {
    let tls = identity.map(|identity| TlsFiles {
        certificate: identity.certificate.clone(),
        key: identity.key.clone(),
        client_authority: Some(identity.authority.clone()),
    });
    let address = ([127, 0, 0, 1], 0).into();
    let config = ListenConfig { address, tls, allow_plain: false, limits: limits.clone() };
    Listener::bind(config).await.unwrap()
}

pub fn client_tls(identity: &Identity) -> ClientTls {
    ClientTls {
        certificate: identity.certificate.clone(),
        key: identity.key.clone(),
        authority: identity.authority.clone(),
    }
}
