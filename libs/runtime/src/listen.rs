//! The ports of a process: the public one, that the gateway's face is served on, and the internal one,
//! that other processes reach its services on by mutual TLS.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use kefu_rpc::{Guarded, ListenConfig, ListenLimits, Listener, StackLimits, TlsFiles};

use crate::config::{Config, Limits};
use crate::service::Service;

/// The ports of this process, bound; [`crate::doors`] serves them.
pub(crate) struct Ports {
    /// Where the gateway runs here.
    pub public: Option<Listener>,
    /// Where other processes exist.
    pub internal: Option<Listener>,
}

impl Ports {
    pub(crate) async fn bind(config: &Config, chosen: &[&Service]) -> anyhow::Result<Self> {
        let public = match chosen.iter().any(|service| service.speaks_for_others) {
            true => Some(bind_public(config).await.context("listen.public")?),
            false => None,
        };
        let internal = match config.listen.internal {
            Some(address) => Some(bind_internal(config, address).await.context("listen.internal")?),
            None => None,
        };
        Ok(Self { public, internal })
    }
}

async fn bind_public(config: &Config) -> anyhow::Result<Listener> {
    let public = &config.public;
    let files = public.cert.clone().zip(public.key.clone());
    let tls = files.map(|(certificate, key)| TlsFiles { certificate, key, client_authority: None });
    let listen = ListenConfig {
        address: config.listen.public,
        tls,
        allow_plain: public.plaintext,
        limits: listen_limits(&config.limits),
    };
    Ok(Listener::bind(listen).await?)
}

async fn bind_internal(config: &Config, address: SocketAddr) -> anyhow::Result<Listener> {
    let internal = &config.internal;
    let tls = match (&internal.cert, &internal.key, &internal.ca) {
        (Some(certificate), Some(key), Some(ca)) => Some(TlsFiles {
            certificate: certificate.clone(),
            key: key.clone(),
            client_authority: Some(ca.clone()),
        }),
        _ => None,
    };
    let limits = listen_limits(&config.limits);
    Ok(Listener::bind(ListenConfig { address, tls, allow_plain: false, limits }).await?)
}

/// What the internal port serves: each service behind its own stack, and `common` (health,
/// reflection) for everything else.
pub(crate) fn internal_app(services: &[Guarded], common: Guarded) -> Router {
    let mut router = Router::new();
    for guarded in services {
        let methods = guarded.methods().all();
        let names = methods.iter().filter_map(|method| method.name.split('/').next());
        let names: BTreeSet<&str> = names.collect();
        for name in names {
            router = router.route_service(&format!("/{name}/{{*method}}"), guarded.clone());
        }
    }
    router.fallback_service(common)
}

/// Deadlines, numbers in flight and rates, as the configuration has them.
pub(crate) fn stack_limits(limits: &Limits) -> StackLimits {
    StackLimits {
        unary_default: limits.deadline.duration(),
        unary_max: limits.deadline_max.duration(),
        stream_max: limits.watch.duration(),
        stall: limits.watch_heartbeat.duration() * 2,
        calls_in_flight: size(limits.calls_in_flight),
        streams_open: size(limits.streams),
        rate_per_second: limits.calls_per_second,
        rate_burst: limits.calls_burst,
    }
}

fn listen_limits(limits: &Limits) -> ListenLimits {
    ListenLimits {
        streams_per_connection: limits.streams_per_connection,
        header_bytes: 16 * 1024,
        keepalive_interval: Duration::from_secs(60),
        keepalive_timeout: Duration::from_secs(20),
        connection_age: limits.connection_age.duration(),
        age_grace: limits.connection_grace.duration(),
        handshake_timeout: limits.handshake.duration(),
        header_timeout: limits.handshake.duration(),
        connections: size(limits.connections),
        connections_per_address: size(limits.connections_per_address),
        pending_resets: 20,
    }
}

fn size(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
