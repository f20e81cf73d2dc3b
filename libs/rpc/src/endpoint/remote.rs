//! Reaching the replicas of a service in other processes.
//!
//! Each replica has its own channel, so that choosing one is ours: the one with the fewest calls in
//! flight among those that answer. (tonic's balanced channel knows no load and keeps sending to a
//! replica that is gone.) A call that a replica has certainly not taken goes to another one: it never
//! left, or the server said so (a connection that grows old refuses what comes too late). All else is
//! the caller's to decide.
//!
//! A connection takes as many streams as a server allows (128), and watches stay open for minutes: a
//! replica gets another connection when its present ones are nearly full. Addresses are resolved and
//! certificate files read again every few seconds; a changed certificate makes new channels, and the
//! old ones end with their last call.

mod replay;
mod replica;

use std::collections::BTreeSet;
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::transport::{Certificate, ClientTlsConfig, Identity};

use self::replay::Replay;
use self::replica::{Replica, ReplicaKey};
use crate::error::{BoxError, RpcError};

/// Replicas asked, one after another, for a call that none has taken yet.
const TRIES: usize = 4;

/// The files of this process's identity, and of the authority that it trusts. All are PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientTls {
    /// The certificate (chain) that this process shows.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The authority that has signed the servers' certificates.
    pub authority: PathBuf,
}

/// Where a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteConfig {
    /// `host:port` of each replica; a name may stand for several addresses.
    pub addresses: Vec<String>,
    /// Mutual TLS; none only on loopback.
    pub tls: Option<ClientTls>,
    /// How often addresses and files are looked at again.
    pub refresh: Duration,
}

/// The replicas of one service. Clones share them.
#[derive(Clone)]
pub struct Remote {
    inner: Arc<Inner>,
}

struct Inner {
    config: RemoteConfig,
    present: ArcSwap<Present>,
    turn: AtomicUsize,
}

/// What was found at the last look.
struct Present {
    identity: Option<Pem>,
    replicas: Vec<Arc<Replica>>,
}

/// The contents of the TLS files.
#[derive(Clone, PartialEq, Eq)]
struct Pem {
    certificate: Vec<u8>,
    key: Vec<u8>,
    authority: Vec<u8>,
}

impl Remote {
    /// Reads the files and resolves the addresses; nothing is connected before the first call.
    pub async fn new(config: RemoteConfig) -> Result<Self, RpcError> {
        let present = ArcSwap::from_pointee(Present { identity: None, replicas: Vec::new() });
        let remote = Self { inner: Arc::new(Inner { config, present, turn: AtomicUsize::new(0) }) };
        remote.refresh().await?;
        Ok(remote)
    }

    /// Looks at addresses and files again; on an error everything stays as it was.
    pub async fn refresh(&self) -> Result<(), RpcError> {
        let config = &self.inner.config;
        let identity = match &config.tls {
            Some(files) => Some(read(files).await?),
            None => None,
        };
        let found = resolve(&config.addresses).await?;
        if identity.is_none() && found.iter().any(|key| !key.address.ip().is_loopback()) {
            return Err(RpcError::set_up("without TLS only replicas on loopback are called"));
        }
        let before = self.inner.present.load();
        let same_identity = before.identity == identity;
        let known = |key: &ReplicaKey| before.replicas.iter().find(|one| one.key == *key);
        let mut replicas = Vec::with_capacity(found.len());
        for key in found {
            replicas.push(match known(&key) {
                Some(replica) if same_identity => Arc::clone(replica),
                _ => Arc::new(Replica::new(key, identity.as_ref().map(tls_config))?),
            });
        }
        self.inner.present.store(Arc::new(Present { identity, replicas }));
        Ok(())
    }

    /// Refreshes until `stop`; to be run as a named task.
    pub async fn watch(self, stop: CancellationToken) {
        let mut tick = tokio::time::interval(self.inner.config.refresh);
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            if let Err(fault) = self.refresh().await {
                tracing::warn!(error = &fault as &dyn Error, "replicas stay as they were");
            }
        }
    }

    pub(super) async fn call(
        &self,
        service: &str,
        request: Request<Body>,
    ) -> Result<Response<Body>, RpcError> {
        let (parts, body) = request.into_parts();
        let (mut sending, hold) = Replay::new(body);
        let mut tried = Vec::new();
        loop {
            let unavailable = |cause| {
                let service = service.to_owned();
                Err(RpcError::ServiceUnavailable { service, cause })
            };
            let Some(replica) = self.choose(&tried) else {
                return unavailable("it has no address".into());
            };
            let request = Request::from_parts(parts.clone(), Body::new(sending));
            let cause = match replica.call(request).await {
                Ok(response) => return Ok(response),
                Err(cause) => cause,
            };
            if caused_by::<tonic::TimeoutExpired>(&*cause).is_some() {
                return Err(RpcError::DeadlineExceeded);
            }
            tried.push(replica.key.clone());
            let not_taken = !hold.was_read() || was_refused(&*cause);
            match hold.again().filter(|_| not_taken && tried.len() < TRIES) {
                Some(again) => sending = again,
                None => return unavailable(cause),
            }
        }
    }

    /// The replica with the fewest calls in flight: of those not tried for this call first, of those
    /// that answered last time first. Equal ones take turns.
    fn choose(&self, tried: &[ReplicaKey]) -> Option<Arc<Replica>> {
        let present = self.inner.present.load();
        let turn = self.inner.turn.fetch_add(1, Ordering::Relaxed);
        let count = present.replicas.len();
        let rank = |replica: &Replica| {
            (tried.contains(&replica.key), replica.failed_lately(), replica.in_flight())
        };
        (0..count)
            .map(|step| &present.replicas[(turn + step) % count])
            .min_by_key(|replica| rank(replica))
            .cloned()
    }
}

async fn read(files: &ClientTls) -> Result<Pem, RpcError> {
    let read = async |path: &PathBuf| {
        let what = || format!("{} cannot be read", path.display());
        tokio::fs::read(path).await.map_err(|cause| RpcError::set_up_by(what(), cause))
    };
    Ok(Pem {
        certificate: read(&files.certificate).await?,
        key: read(&files.key).await?,
        authority: read(&files.authority).await?,
    })
}

async fn resolve(addresses: &[String]) -> Result<BTreeSet<ReplicaKey>, RpcError> {
    let mut found = BTreeSet::new();
    for address in addresses {
        let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
        let resolved: Vec<SocketAddr> = tokio::net::lookup_host(address)
            .await
            .map_err(|cause| RpcError::set_up_by(format!("{address} cannot be resolved"), cause))?
            .collect();
        let keys = resolved.into_iter().map(|address| ReplicaKey { host: host.into(), address });
        found.extend(keys);
    }
    Ok(found)
}

fn tls_config(pem: &Pem) -> ClientTlsConfig {
    ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(&pem.authority))
        .identity(Identity::from_pem(&pem.certificate, &pem.key))
}

/// Whether the server said that it has not processed the call: it refused the stream, or went away
/// before it came to it (RFC 9113 §8.7).
fn was_refused(error: &(dyn Error + 'static)) -> bool {
    caused_by::<h2::Error>(error).is_some_and(|error| {
        let went_away = error.is_go_away() && error.is_remote();
        went_away || error.reason() == Some(h2::Reason::REFUSED_STREAM)
    })
}

/// The first cause of type `E`.
fn caused_by<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// A transport's error as a cause.
fn cause(error: impl Into<BoxError>) -> BoxError {
    error.into()
}
