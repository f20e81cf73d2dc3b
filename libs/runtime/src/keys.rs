//! The keys of a process as its parts need them: its ring, the signatures made with it, and the public
//! halves that other processes get.
//!
//! The ring itself, its text and how keys are derived from it, is [`kefu_store::seal`]'s. Each service
//! has a signing key of its own, derived by its name; replicas of a process share its ring.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kefu_kernel::Ambient;
use kefu_outbox::HeadSigner;
use kefu_rpc::RpcError;
use kefu_rpc::token::{self, TokenSigner};
use kefu_store::seal::{KeyRing, Keys, SealError};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::config::{SecretError, SecretRef};
use crate::data::write_private;

/// A key ring cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It is not where it should be.
    #[error("the key ring cannot be read")]
    Read(#[from] SecretError),
    /// It is there and is not a ring.
    #[error("the key ring cannot be used")]
    Ring(#[from] SealError),
    /// It, or a file of public keys, cannot be written.
    #[error("keys cannot be written to {}", .0.display())]
    Write(PathBuf, #[source] io::Error),
    /// A file of public keys cannot be read.
    #[error("the public keys in {} cannot be read", .0.display())]
    Peer(PathBuf, #[source] io::Error),
}

/// Reads the ring from its place.
pub fn read(place: &SecretRef) -> Result<KeyRing, KeyError> {
    Ok(KeyRing::parse(place.read()?.reveal())?)
}

/// Reads the ring in the file at `path`; makes it there where there is none.
pub fn read_or_create(path: &Path, ambient: &Ambient) -> Result<KeyRing, KeyError> {
    if !path.exists() {
        create(path, ambient)?;
    }
    read(&SecretRef::File(path.to_owned()))
}

/// Makes a ring in a file that only its owner may read. Never over one that is there.
pub fn create(path: &Path, ambient: &Ambient) -> Result<(), KeyError> {
    let failed = |error| KeyError::Write(path.to_owned(), error);
    if path.exists() {
        return Err(failed(io::ErrorKind::AlreadyExists.into()));
    }
    write_private(path, &KeyRing::generate(ambient)).map_err(failed)
}

/// Adds a key to the ring in the file at `path`; it is the newest from the next start on.
pub fn rotate(path: &Path, ambient: &Ambient) -> Result<(), KeyError> {
    let text = SecretRef::File(path.to_owned()).read()?;
    let rotated = KeyRing::rotate(text.reveal(), ambient)?;
    write_private(path, &rotated).map_err(|error| KeyError::Write(path.to_owned(), error))
}

/// The public halves of services' signing keys: what a process needs to believe another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicKeys(BTreeMap<String, Vec<PublicKey>>);

/// The public half of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PublicKey {
    /// Which key of the ring.
    version: u32,
    /// The Ed25519 public key, base 64.
    key: String,
}

impl PublicKeys {
    /// Those of `services`, all of which run with `ring`.
    pub fn of(ring: &KeyRing, services: &[&str], ambient: &Ambient) -> Self {
        let of = |service: &&str| {
            let keys = ring.keys(service, ambient);
            let halves = keys.signing_seeds().map(|(version, seed)| PublicKey {
                version,
                key: STANDARD.encode(pair(seed).public_key()),
            });
            ((*service).to_owned(), halves.collect())
        };
        Self(services.iter().map(of).collect())
    }

    /// Reads a file as [`PublicKeys::to_json`] has it.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let failed = |error| KeyError::Peer(path.to_owned(), error);
        let text = std::fs::read_to_string(path).map_err(failed)?;
        serde_json::from_str(&text).map_err(|error| failed(error.into()))
    }

    /// As a file for other processes.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Adds those of `others`. What is known already stays: nobody replaces another's keys.
    pub fn add(&mut self, others: Self) {
        for (service, keys) in others.0 {
            self.0.entry(service).or_insert(keys);
        }
    }

    /// As verifiers of service tokens know them; the services in `speakers` may present others.
    pub fn for_tokens(&self, speakers: &[&str]) -> Vec<token::PublicKey> {
        let mut all = Vec::new();
        for (service, keys) in &self.0 {
            for half in keys {
                let Ok(Ok(key)) = STANDARD.decode(&half.key).map(<[u8; 32]>::try_from) else {
                    tracing::warn!(service, version = half.version, "a public key is malformed");
                    continue;
                };
                all.push(token::PublicKey {
                    issuer: service.clone(),
                    key_id: half.version.to_string(),
                    key,
                    speaks_for_others: speakers.contains(&service.as_str()),
                });
            }
        }
        all
    }
}

/// What signs as `service`, with the newest of its keys.
pub fn token_signer(
    service: &str,
    keys: &Keys,
    ambient: &Ambient,
) -> Result<TokenSigner, RpcError> {
    let (version, seed) = newest(keys);
    TokenSigner::new(service, &version.to_string(), seed, ambient.clone())
}

/// Signs the heads of a service's audit chain, and verifies those that it signed before.
pub struct AuditSigner(Keys);

impl AuditSigner {
    /// Signs with the keys of one service.
    pub fn new(keys: Keys) -> Self {
        Self(keys)
    }
}

impl HeadSigner for AuditSigner {
    fn key_id(&self) -> String {
        newest(&self.0).0.to_string()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        pair(newest(&self.0).1).sign(message).as_ref().to_vec()
    }

    fn verify(&self, key_id: &str, message: &[u8], signature: &[u8]) -> bool {
        self.0.signing_seeds().any(|(version, seed)| {
            let public = pair(seed);
            version.to_string() == key_id
                && UnparsedPublicKey::new(&ED25519, public.public_key())
                    .verify(message, signature)
                    .is_ok()
        })
    }
}

fn newest(keys: &Keys) -> (u32, &[u8; 32]) {
    keys.signing_seeds().next().expect("a ring holds a key")
}

fn pair(seed: &[u8; 32]) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(seed).expect("any 32 bytes are an Ed25519 seed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_made_once_and_rotated_in_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("process.ring");
        let ambient = Ambient::system();
        let first = read_or_create(&path, &ambient).unwrap();
        let again = read_or_create(&path, &ambient).unwrap();
        let public = |ring: &KeyRing| PublicKeys::of(ring, &["tickets"], &ambient);
        assert_eq!(public(&again), public(&first));
        assert!(matches!(create(&path, &ambient), Err(KeyError::Write(..))));
        rotate(&path, &ambient).unwrap();
        let rotated = public(&read_or_create(&path, &ambient).unwrap());
        assert_eq!(rotated.for_tokens(&[]).len(), 2);
        assert_eq!(rotated.for_tokens(&[])[1], public(&first).for_tokens(&[])[0]);
    }

    #[test]
    fn audit_heads_verify_with_the_key_that_signed_them_also_after_a_rotation() {
        let ambient = Ambient::system();
        let text = KeyRing::generate(&ambient);
        let keys = |text: &str| KeyRing::parse(text).unwrap().keys("tickets", &ambient);
        let before = AuditSigner::new(keys(&text));
        let signature = before.sign(b"head");
        let after = AuditSigner::new(keys(&KeyRing::rotate(&text, &ambient).unwrap()));
        assert_eq!((before.key_id(), after.key_id()), ("1".into(), "2".into()));
        assert!(after.verify("1", b"head", &signature));
        assert!(!after.verify("2", b"head", &signature));
        assert!(!after.verify("1", b"other", &signature));
        let other = KeyRing::parse(&text).unwrap().keys("claims", &ambient);
        assert!(!AuditSigner::new(other).verify("1", b"head", &signature));
    }

    #[test]
    fn public_keys_travel_in_a_file_and_nobody_replaces_anothers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.json");
        let ambient = Ambient::system();
        let ring = || KeyRing::parse(&KeyRing::generate(&ambient)).unwrap();
        let mut known = PublicKeys::of(&ring(), &["tickets"], &ambient);
        let own = known.for_tokens(&[]);
        let forged = PublicKeys::of(&ring(), &["tickets", "gateway"], &ambient);
        std::fs::write(&path, forged.to_json()).unwrap();
        known.add(PublicKeys::read(&path).unwrap());
        let tokens = known.for_tokens(&["gateway"]);
        assert!(tokens.contains(&own[0]));
        let speakers: Vec<_> =
            tokens.iter().map(|key| (&*key.issuer, key.speaks_for_others)).collect();
        assert_eq!(speakers, [("gateway", true), ("tickets", false)]);
    }
}
