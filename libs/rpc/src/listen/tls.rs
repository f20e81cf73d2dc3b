//! The server's certificate, read from files and read again while it runs.
//!
//! Each connection takes the configuration of the moment it began, so a change disturbs nobody. What
//! cannot be read, does not fit together or is not valid at this time is refused by its name, and the
//! certificate before it stays. Like the verification by the other side, this goes by the machine's time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::error::{BoxError, RpcError};

/// The files, all PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, with what it is signed by short of the root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The authority of clients' certificates; given, a client without one is refused.
    pub client_authority: Option<PathBuf>,
}

/// The certificate in use. Clones share it.
#[derive(Clone)]
pub struct ServerTls {
    inner: Arc<Inner>,
}

struct Inner {
    files: TlsFiles,
    present: ArcSwap<Present>,
}

struct Present {
    contents: Contents,
    config: Arc<ServerConfig>,
}

#[derive(PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_authority: Option<Vec<u8>>,
}

impl ServerTls {
    pub(super) async fn read(files: TlsFiles) -> Result<Self, RpcError> {
        let contents = read(&files).await?;
        let config = configure(&files, &contents)?;
        let present = ArcSwap::from_pointee(Present { contents, config });
        Ok(Self { inner: Arc::new(Inner { files, present }) })
    }

    /// Reads the files again. Gives whether connections from now on see another certificate.
    pub async fn reload(&self) -> Result<bool, RpcError> {
        let contents = read(&self.inner.files).await?;
        if contents == self.inner.present.load().contents {
            return Ok(false);
        }
        let config = configure(&self.inner.files, &contents)?;
        self.inner.present.store(Arc::new(Present { contents, config }));
        Ok(true)
    }

    /// Reloads every `period` until `stop`; to be run as a named task. What is wrong is logged once, not
    /// at each look.
    pub async fn watch(self, period: Duration, stop: CancellationToken) {
        let mut tick = tokio::time::interval(period);
        let mut told = None;
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            let wrong = match self.reload().await {
                Ok(renewed) => {
                    if renewed {
                        let file = self.inner.files.certificate.display();
                        tracing::info!(%file, "the server's certificate was renewed");
                    }
                    None
                }
                Err(fault) => Some(in_full(&fault)),
            };
            if let Some(error) = wrong.as_ref().filter(|error| told.as_ref() != Some(*error)) {
                tracing::warn!(error, "the certificate stays as it was");
            }
            told = wrong;
        }
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        let config = Arc::clone(&self.inner.present.load().config);
        TlsAcceptor::from(config).accept(stream).await
    }
}

/// The names in the certificate that the client showed.
pub(super) fn certificate_names(stream: &TlsStream<TcpStream>) -> Option<Arc<[String]>> {
    let shown = stream.get_ref().1.peer_certificates()?.first()?;
    let (_, certificate) = X509Certificate::from_der(shown).ok()?;
    let names = certificate.subject_alternative_name().ok().flatten()?;
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) | GeneralName::URI(name) => Some((*name).to_owned()),
        _ => None,
    };
    Some(names.value.general_names.iter().filter_map(text).collect())
}

async fn read(files: &TlsFiles) -> Result<Contents, RpcError> {
    let read = async |path: &PathBuf| {
        let what = || format!("{} cannot be read", path.display());
        tokio::fs::read(path).await.map_err(|cause| RpcError::set_up_by(what(), cause))
    };
    let client_authority = match &files.client_authority {
        Some(path) => Some(read(path).await?),
        None => None,
    };
    Ok(Contents {
        certificate: read(&files.certificate).await?,
        key: read(&files.key).await?,
        client_authority,
    })
}

/// An error with its causes, in one line.
fn in_full(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn configure(files: &TlsFiles, contents: &Contents) -> Result<Arc<ServerConfig>, RpcError> {
    let unusable = |path: &Path, cause| {
        RpcError::set_up_by(format!("{} cannot be used", path.display()), cause)
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|cause| RpcError::set_up_by("TLS cannot be set up", cause))?;
    let builder = match files.client_authority.as_ref().zip(contents.client_authority.as_ref()) {
        None => builder.with_no_client_auth(),
        Some((path, pem)) => {
            let verifier = verifier(pem, provider).map_err(|cause| unusable(path, cause))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let chain =
        chain(&contents.certificate).map_err(|cause| unusable(&files.certificate, cause))?;
    let key = PrivateKeyDer::from_pem_slice(&contents.key)
        .map_err(|cause| unusable(&files.key, cause.into()))?;
    let mut config = builder.with_single_cert(chain, key).map_err(|cause| {
        let (certificate, key) = (files.certificate.display(), files.key.display());
        RpcError::set_up_by(format!("{certificate} and {key} do not fit together"), cause)
    })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn verifier(
    pem: &[u8],
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, BoxError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate?)?;
    }
    Ok(WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?)
}

/// The certificates of a file, each of them valid now.
fn chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, BoxError> {
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>()?;
    for der in &chain {
        let (_, certificate) = X509Certificate::from_der(der)?;
        let validity = certificate.validity();
        if !validity.is_valid() {
            let (from, to) = (validity.not_before, validity.not_after);
            return Err(format!("it is valid from {from} to {to}").into());
        }
    }
    if chain.is_empty() { Err("it holds no certificate".into()) } else { Ok(chain) }
}
