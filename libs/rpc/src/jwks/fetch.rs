//! Getting a key set over HTTP, from a pinned place, with bounds.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::jwk::JwkSet;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{BoxError, RpcError};

const MAX_BYTES: usize = 256 * 1024;
const TIMEOUT: Duration = Duration::from_secs(5);

/// How key sets are fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchConfig {
    /// A PEM file of authorities to trust instead of the system's.
    pub authority: Option<PathBuf>,
    /// Fetch without TLS also beyond loopback. Only for closed networks.
    pub allow_plain: bool,
}

#[derive(Clone)]
pub(super) struct Fetch {
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    allow_plain: bool,
}

/// One place to fetch from.
pub(super) struct Source {
    fetch: Fetch,
    place: Place,
}

enum Place {
    /// A key set.
    Keys(Uri),
    /// The discovery document of an issuer, which names the place of its key set.
    Discovery { issuer: String, document: Uri },
}

/// What is read of a discovery document (OpenID Connect Discovery 1.0 §3).
#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

impl Fetch {
    pub(super) fn new(config: &FetchConfig) -> Result<Self, RpcError> {
        let failed = |cause: BoxError| RpcError::set_up_by("trusted roots cannot be read", cause);
        let provider = rustls::crypto::ring::default_provider();
        let builder = match &config.authority {
            Some(path) => {
                let roots = roots(path).map_err(failed)?;
                let tls = ClientConfig::builder_with_provider(Arc::new(provider))
                    .with_safe_default_protocol_versions()
                    .map_err(|cause| failed(cause.into()))?
                    .with_root_certificates(roots)
                    .with_no_client_auth();
                HttpsConnectorBuilder::new().with_tls_config(tls)
            }
            None => HttpsConnectorBuilder::new()
                .with_provider_and_native_roots(provider)
                .map_err(|cause| failed(cause.into()))?,
        };
        let connector = builder.https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client, allow_plain: config.allow_plain })
    }

    /// The key set at `uri`.
    pub(super) fn at(&self, uri: &str) -> Result<Source, RpcError> {
        Ok(Source { fetch: self.clone(), place: Place::Keys(self.allowed(uri)?) })
    }

    /// The key set that the discovery document of `issuer` names.
    pub(super) fn discovered(&self, issuer: &str) -> Result<Source, RpcError> {
        let at = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let document = self.allowed(&at)?;
        let place = Place::Discovery { issuer: issuer.to_owned(), document };
        Ok(Source { fetch: self.clone(), place })
    }

    fn allowed(&self, uri: &str) -> Result<Uri, RpcError> {
        let wrong = || RpcError::set_up(format!("keys cannot be fetched from {uri}"));
        let parsed: Uri = uri.parse().map_err(|_| wrong())?;
        let host = parsed.host().ok_or_else(wrong)?;
        let allowed = match parsed.scheme_str() {
            Some("https") => true,
            Some("http") => self.allow_plain || is_loopback(host),
            _ => false,
        };
        if !allowed {
            return Err(wrong());
        }
        Ok(parsed)
    }

    async fn get<T: DeserializeOwned>(&self, uri: &Uri) -> Result<T, BoxError> {
        let request = Request::get(uri.clone())
            .header(http::header::ACCEPT, "application/json")
            .body(Empty::new())?;
        let response = self.client.request(request).await?;
        if response.status() != StatusCode::OK {
            return Err(format!("the key server answered {}", response.status()).into());
        }
        let body = Limited::new(response.into_body(), MAX_BYTES).collect().await?;
        Ok(serde_json::from_slice(&body.to_bytes())?)
    }
}

impl Source {
    /// Fetches the set. Redirects are not followed.
    pub(super) async fn fetch(&self) -> Result<JwkSet, RpcError> {
        match tokio::time::timeout(TIMEOUT, self.get()).await {
            Ok(fetched) => fetched.map_err(RpcError::CredentialsUncheckable),
            Err(elapsed) => Err(RpcError::CredentialsUncheckable(elapsed.into())),
        }
    }

    async fn get(&self) -> Result<JwkSet, BoxError> {
        match &self.place {
            Place::Keys(uri) => self.fetch.get(uri).await,
            Place::Discovery { issuer, document } => {
                let found: Discovered = self.fetch.get(document).await?;
                if found.issuer != *issuer {
                    return Err("the discovery document is another issuer's".into());
                }
                self.fetch.get(&self.fetch.allowed(&found.jwks_uri)?).await
            }
        }
    }
}

fn roots(path: &PathBuf) -> Result<RootCertStore, BoxError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path)? {
        roots.add(certificate?)?;
    }
    Ok(roots)
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
