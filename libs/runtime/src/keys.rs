//! The key ring of a process: secrets that only it knows, and the pair that it signs with.
//!
//! A ring is a JSON file with the newest key first. New things are sealed and signed with the newest;
//! older keys stay for what they sealed and signed. Each purpose has a key of its own, derived
//! (HKDF-SHA256) from the ring's secret, so that no two uses share one. Other processes get only the
//! public halves ([`PublicRing`]): no process can mint another's word. Replicas of a process share its
//! ring.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kefu_kernel::Ambient;
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::config::{Secret, SecretError, SecretRef};
use crate::data::write_private;

/// 32 secret bytes; wiped from memory when dropped.
pub type SecretBytes = Zeroizing<[u8; 32]>;

/// One generation of a process's keys.
#[derive(Clone)]
pub struct RingKey {
    /// Its name, by which what was sealed or signed with it finds it again.
    pub id: String,
    /// When it was made, RFC 3339.
    pub created_at: String,
    secret: SecretBytes,
    seed: SecretBytes,
}

/// A process's keys, the newest first; never empty.
#[derive(Clone, Debug)]
pub struct KeyRing {
    keys: Vec<RingKey>,
}

/// What other processes may know of a ring: how to verify what it signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicRing {
    /// The services that sign with it.
    pub services: Vec<String>,
    /// Its keys, the newest first.
    pub keys: Vec<PublicKey>,
}

/// The public half of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// The key's name.
    pub id: String,
    /// The Ed25519 public key, base 64.
    pub key: String,
}

/// A key ring cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It is not where it should be.
    #[error("the key ring cannot be read")]
    Read(#[from] SecretError),
    /// It is there and is not a ring.
    #[error("the key ring is not one: {0}")]
    Form(String),
    /// It cannot be written.
    #[error("the key ring cannot be written to {}", .0.display())]
    Write(PathBuf, #[source] io::Error),
    /// A file of public keys cannot be read.
    #[error("the public keys in {} cannot be read", .0.display())]
    Peer(PathBuf, #[source] io::Error),
}

impl KeyRing {
    /// A ring with one new key.
    pub fn generate(ambient: &Ambient) -> Self {
        Self { keys: vec![RingKey::generate(ambient)] }
    }

    /// Reads the ring from its place.
    pub fn read(place: &SecretRef) -> Result<Self, KeyError> {
        Self::parse(&place.read()?)
    }

    /// Reads the ring in the file at `path`; makes it there where there is none.
    pub fn read_or_create(path: &Path, ambient: &Ambient) -> Result<Self, KeyError> {
        if !path.exists() {
            Self::generate(ambient).write(path)?;
        }
        Self::read(&SecretRef::File(path.to_owned()))
    }

    /// Writes it to a file that only its owner may read.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        let text = Zeroizing::new(serde_json::to_string_pretty(&self.form()).unwrap_or_default());
        write_private(path, &text).map_err(|error| KeyError::Write(path.to_owned(), error))
    }

    /// Puts a new key first.
    pub fn rotate(&mut self, ambient: &Ambient) {
        self.keys.insert(0, RingKey::generate(ambient));
    }

    /// The key that new things are sealed and signed with.
    pub fn newest(&self) -> &RingKey {
        &self.keys[0]
    }

    /// All keys, the newest first.
    pub fn keys(&self) -> &[RingKey] {
        &self.keys
    }

    /// What others may know of it, for the services that sign with it.
    pub fn public(&self, services: &[&str]) -> PublicRing {
        PublicRing {
            services: services.iter().map(|name| (*name).to_owned()).collect(),
            keys: self.keys.iter().map(RingKey::public).collect(),
        }
    }

    fn parse(text: &Secret) -> Result<Self, KeyError> {
        let form: Form = serde_json::from_str(text.reveal())
            // The parser's own words may quote the secret.
            .map_err(|error| KeyError::Form(format!("line {}", error.line())))?;
        let keys = form.keys.iter().map(RingKey::parse).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(KeyError::Form("it holds no key".into()));
        }
        Ok(Self { keys })
    }

    fn form(&self) -> Form {
        Form { keys: self.keys.iter().map(RingKey::form).collect() }
    }
}

impl RingKey {
    fn generate(ambient: &Ambient) -> Self {
        let (mut secret, mut seed) = (SecretBytes::default(), SecretBytes::default());
        ambient.fill_random(secret.as_mut_slice());
        ambient.fill_random(seed.as_mut_slice());
        let created_at = ambient.machine_now().to_string();
        let day = created_at.get(..10).unwrap_or_default();
        let mut tail = [0u8; 4];
        ambient.fill_random(&mut tail);
        let id = format!("{day}-{:08x}", u32::from_be_bytes(tail));
        Self { id, created_at, secret, seed }
    }

    /// The secret for one purpose, `tickets/page-token`.
    pub fn derive(&self, purpose: &str) -> SecretBytes {
        let mut derived = SecretBytes::default();
        let extracted = Salt::new(HKDF_SHA256, b"kefu").extract(self.secret.as_slice());
        let info = [purpose.as_bytes()];
        extracted
            .expand(&info, HKDF_SHA256)
            .and_then(|expanded| expanded.fill(derived.as_mut_slice()))
            .expect("HKDF-SHA256 gives 32 bytes");
        derived
    }

    /// The seed of its Ed25519 pair.
    pub fn signing_seed(&self) -> &[u8; 32] {
        &self.seed
    }

    fn public(&self) -> PublicKey {
        let pair = Ed25519KeyPair::from_seed_unchecked(self.seed.as_slice())
            .expect("any 32 bytes are an Ed25519 seed");
        PublicKey { id: self.id.clone(), key: STANDARD.encode(pair.public_key()) }
    }

    fn parse(form: &KeyForm) -> Result<Self, KeyError> {
        let bytes = |text: &str, what: &str| {
            let decoded = STANDARD.decode(text).map(Zeroizing::new).ok();
            let exact = decoded.and_then(|decoded| <[u8; 32]>::try_from(decoded.as_slice()).ok());
            let wrong = || KeyError::Form(format!("{what} of {} is not 32 bytes", form.id));
            exact.map(Zeroizing::new).ok_or_else(wrong)
        };
        Ok(Self {
            id: form.id.clone(),
            created_at: form.created_at.clone(),
            secret: bytes(&form.secret, "the secret")?,
            seed: bytes(&form.signing_seed, "the signing seed")?,
        })
    }

    fn form(&self) -> KeyForm {
        KeyForm {
            id: self.id.clone(),
            created_at: self.created_at.clone(),
            secret: Zeroizing::new(STANDARD.encode(self.secret.as_slice())),
            signing_seed: Zeroizing::new(STANDARD.encode(self.seed.as_slice())),
        }
    }
}

impl fmt::Debug for RingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RingKey({}, …)", self.id)
    }
}

impl PublicRing {
    /// Reads a file of public keys.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let wrong = |error| KeyError::Peer(path.to_owned(), error);
        let text = std::fs::read_to_string(path).map_err(wrong)?;
        serde_json::from_str(&text).map_err(|error| wrong(error.into()))
    }
}

impl PublicKey {
    /// The 32 bytes; none where the text is not that.
    pub fn bytes(&self) -> Option<[u8; 32]> {
        STANDARD.decode(&self.key).ok()?.try_into().ok()
    }
}

/// A ring as its file has it.
#[derive(Serialize, Deserialize)]
struct Form {
    keys: Vec<KeyForm>,
}

#[derive(Serialize, Deserialize)]
struct KeyForm {
    id: String,
    created_at: String,
    secret: Zeroizing<String>,
    signing_seed: Zeroizing<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_survives_its_file_and_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ring.json");
        let ambient = Ambient::system();
        let first = KeyRing::read_or_create(&path, &ambient).unwrap();
        let mut again = KeyRing::read_or_create(&path, &ambient).unwrap();
        assert_eq!(again.newest().derive("a"), first.newest().derive("a"));
        assert_eq!(again.public(&["tickets"]), first.public(&["tickets"]));

        again.rotate(&ambient);
        assert_ne!(again.newest().derive("a"), first.newest().derive("a"));
        assert_eq!(again.keys()[1].derive("a"), first.newest().derive("a"));
        assert_eq!(again.public(&[]).keys.len(), 2);
        assert!(again.public(&[]).keys.iter().all(|key| key.bytes().is_some()));
    }

    #[test]
    fn each_purpose_has_its_own_secret() {
        let ring = KeyRing::generate(&Ambient::system());
        assert_ne!(ring.newest().derive("tickets/page"), ring.newest().derive("tickets/seal"));
        assert_ne!(ring.newest().derive("tickets/page"), ring.newest().secret);
    }

    #[test]
    fn a_wrong_ring_is_refused_without_showing_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ring.json");
        let key = r#"{"id":"a","created_at":"","secret":"c2VjcmV0","signing_seed":""}"#;
        for text in ["", "hunter2", r#"{"keys":[]}"#, &format!(r#"{{"keys":[{key}]}}"#)] {
            std::fs::write(&path, text).unwrap();
            let error = KeyRing::read(&SecretRef::File(path.clone())).unwrap_err();
            let shown = format!("{error:?} {error}");
            assert!(!shown.contains("hunter2") && !shown.contains("c2VjcmV0"), "{shown}");
        }
        let ring = KeyRing::generate(&Ambient::system());
        assert!(format!("{ring:?}").len() < 60, "{ring:?}");
    }
}
