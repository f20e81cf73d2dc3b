//! Certificates for tests: one authority, and identities that it signs, as PEM files.
//!
//! An identity is valid for servers and clients alike, on 127.0.0.1 and localhost, and names its
//! owner as the URI `service:<name>` and as the common name.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType,
};

/// A certificate authority with its folder.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

/// The files of one identity.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM (PKCS 8), readable by the owner only.
    pub key: PathBuf,
    /// The authority's certificate, PEM: what the other side's certificate is checked with.
    pub authority: PathBuf,
}

impl Authority {
    /// A new authority; `folder/ca.pem` is its certificate.
    pub fn new(folder: &Path) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, "Kefu test authority");
        let key = KeyPair::generate().expect("a key can be generated");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("valid parameters");
        write(&folder.join("ca.pem"), &issuer.pem());
        Self { issuer, folder: folder.to_owned() }
    }

    /// The authority's certificate, PEM.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// A fresh key and certificate for `name`; written over the files of an earlier one, which is
    /// how a test rotates it.
    pub fn issue(&self, name: &str) -> Identity {
        self.issue_to(&self.folder, name)
    }

    /// The same with the files in a folder of their own: replicas have the name and not the files in
    /// common.
    pub fn issue_to(&self, folder: &Path, name: &str) -> Identity {
        let names = vec!["localhost".to_owned(), name.to_owned()];
        let mut params = CertificateParams::new(names).expect("names of hosts");
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        let uri = format!("service:{name}").try_into().expect("names are ASCII");
        params.subject_alt_names.push(SanType::URI(uri));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().expect("a key can be generated");
        let certificate = params.signed_by(&key, &self.issuer).expect("valid parameters");
        let identity = Identity {
            certificate: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}.key")),
            authority: self.certificate(),
        };
        write(&identity.key, &key.serialize_pem());
        write(&identity.certificate, &certificate.pem());
        identity
    }
}

/// Replaces the file in one step, so that a server that re-reads it never sees half of it.
fn write(path: &Path, text: &str) {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let draft = path.with_extension("draft");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .expect("the folder is writable");
    file.write_all(text.as_bytes()).expect("the folder has room");
    std::fs::rename(&draft, path).expect("the folder is writable");
}
