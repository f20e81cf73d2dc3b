//! The server's certificate, read from files and read again while it runs.
//!
//! Each connection takes the configuration of the moment it began, so a change disturbs nobody. What
//! cannot be read or does not fit together is refused, and the certificate before it stays.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::server::WebPkiClientVerifier;
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
        let config = configure(&contents)?;
        let present = ArcSwap::from_pointee(Present { contents, config });
        Ok(Self { inner: Arc::new(Inner { files, present }) })
    }

    /// Reads the files again. Gives whether connections from now on see another certificate.
    pub async fn reload(&self) -> Result<bool, RpcError> {
        let contents = read(&self.inner.files).await?;
        if contents == self.inner.present.load().contents {
            return Ok(false);
        }
        let config = configure(&contents)?;
        self.inner.present.store(Arc::new(Present { contents, config }));
        Ok(true)
    }

    /// Reloads every `period` until `stop`; to be run as a named task.
    pub async fn watch(self, period: Duration, stop: CancellationToken) {
        let mut tick = tokio::time::interval(period);
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            match self.reload().await {
                Ok(true) => tracing::info!("the server's certificate was renewed"),
                Ok(false) => {}
                Err(fault) => {
                    let error = &fault as &dyn std::error::Error;
                    tracing::warn!(error, "the certificate stays as it was");
                }
            }
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

fn configure(contents: &Contents) -> Result<Arc<ServerConfig>, RpcError> {
    build(contents)
        .map(Arc::new)
        .map_err(|cause| RpcError::set_up_by("the certificate cannot be used", cause))
}

fn build(contents: &Contents) -> Result<ServerConfig, BoxError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let builder = match &contents.client_authority {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                roots.add(certificate?)?;
            }
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let chain = CertificateDer::pem_slice_iter(&contents.certificate).collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(&contents.key)?;
    let mut config = builder.with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
