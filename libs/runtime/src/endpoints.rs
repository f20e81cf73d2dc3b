//! How the services of an installation reach each other from this process.
//!
//! A service that runs here is a [`Local`] place, filled once its stack stands; one that runs elsewhere
//! is a [`Remote`] over the addresses that the configuration names. Each service here calls with its
//! own signing key, so its [`Endpoints`] are its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use kefu_rpc::token::TokenSigner;
use kefu_rpc::{ClientTls, Endpoint, Local, Remote, RemoteConfig};

use crate::config::{Config, Internal};
use crate::service::Service;

/// How often addresses are resolved and certificates read again.
pub(crate) const REFRESH: Duration = Duration::from_secs(5);

/// One service's ways to all services. Cheap to clone.
#[derive(Clone)]
pub struct Endpoints {
    by_name: Arc<BTreeMap<&'static str, Endpoint>>,
}

impl Endpoints {
    /// The way to the service `name`. Calls are refused inside a write transaction.
    pub fn to(&self, name: &str) -> anyhow::Result<Endpoint> {
        self.by_name.get(name).cloned().with_context(|| format!("there is no service {name}"))
    }
}

/// Where the services of the installation are, seen from this process.
pub(crate) struct Places {
    places: BTreeMap<&'static str, Place>,
}

enum Place {
    Here(Local),
    Elsewhere(Remote),
}

impl Places {
    /// Finds all of `known`; those in `chosen` run here.
    pub(crate) async fn find(
        config: &Config,
        known: &[&'static str],
        chosen: &[&Service],
    ) -> anyhow::Result<Self> {
        let mut places = BTreeMap::new();
        for name in known {
            let place = match chosen.iter().any(|service| service.name == *name) {
                true => Place::Here(Local::default()),
                false => Place::Elsewhere(
                    remote(config, name).await.with_context(|| format!("the service {name}"))?,
                ),
            };
            places.insert(*name, place);
        }
        Ok(Self { places })
    }

    /// The ways to all of them, for the service that `signer` signs for.
    pub(crate) fn endpoints(&self, signer: &TokenSigner) -> Endpoints {
        let endpoint = |name: &'static str, place: &Place| {
            let endpoint = match place {
                Place::Here(local) => Endpoint::local(name, local.clone(), signer.clone()),
                Place::Elsewhere(remote) => Endpoint::remote(name, remote.clone(), signer.clone()),
            };
            endpoint.refuse_when(kefu_store::in_transaction)
        };
        let all = self.places.iter().map(|(name, place)| (*name, endpoint(name, place)));
        Endpoints { by_name: Arc::new(all.collect()) }
    }

    /// The place of a service that runs here.
    pub(crate) fn here(&self, name: &str) -> Option<&Local> {
        match self.places.get(name)? {
            Place::Here(local) => Some(local),
            Place::Elsewhere(_) => None,
        }
    }

    /// The services that run elsewhere.
    pub(crate) fn remotes(&self) -> impl Iterator<Item = (&'static str, Remote)> + '_ {
        self.places.iter().filter_map(|(name, place)| match place {
            Place::Here(_) => None,
            Place::Elsewhere(remote) => Some((*name, remote.clone())),
        })
    }
}

async fn remote(config: &Config, name: &str) -> anyhow::Result<Remote> {
    let addresses = config.service(name).addresses.0;
    let host = |address: &String| address.trim_start_matches("https://").to_owned();
    let addresses = addresses.iter().map(host).map(|text| text.trim_end_matches('/').to_owned());
    let config = RemoteConfig {
        addresses: addresses.collect(),
        tls: client_tls(&config.internal),
        refresh: REFRESH,
    };
    Ok(Remote::new(config).await?)
}

fn client_tls(internal: &Internal) -> Option<ClientTls> {
    Some(ClientTls {
        certificate: internal.cert.clone()?,
        key: internal.key.clone()?,
        authority: internal.ca.clone()?,
    })
}
