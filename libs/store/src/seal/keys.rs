//! A service's keys: sealing (ChaCha20-Poly1305) and keyed hashes (HMAC-SHA256), one pair of keys per
//! purpose and version, each derived from the version's master secret by HKDF-SHA256.
//!
//! Sealed form: format (1 byte), key version (4), nonce (12), ciphertext and tag. The place that a
//! value belongs to is authenticated with it, so that a value moved to another row does not open.

use std::fmt;
use std::sync::Arc;

use kefu_kernel::Ambient;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::{hkdf, hmac};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::SealError;
use super::ring_file::{Master, SECRET_BYTES};

/// What a key is for; a value sealed for one purpose does not open for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Page tokens of lists.
    PageTokens,
    /// Columns that hold secrets: bank accounts, identity documents.
    Secrets,
    /// Keyed hashes by which sealed columns are looked up.
    BlindIndexes,
    /// Keyed hashes of API keys.
    ApiKeys,
    /// Links that are sent to customers.
    Links,
    /// Keyed hashes of requests, for idempotency.
    Fingerprints,
}

const PURPOSES: [Purpose; 6] = [
    Purpose::PageTokens,
    Purpose::Secrets,
    Purpose::BlindIndexes,
    Purpose::ApiKeys,
    Purpose::Links,
    Purpose::Fingerprints,
];

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Self::PageTokens => "page-tokens",
            Self::Secrets => "secrets",
            Self::BlindIndexes => "blind-indexes",
            Self::ApiKeys => "api-keys",
            Self::Links => "links",
            Self::Fingerprints => "fingerprints",
        }
    }
}

/// Where a sealed secret belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row's id.
    pub row: Uuid,
}

/// The keys of one service. Cheap to clone; its Debug shows versions only.
#[derive(Clone)]
pub struct Keys {
    /// Newest first, never empty.
    versions: Arc<[Version]>,
    ambient: Ambient,
}

struct Version {
    number: u32,
    /// In the order of `PURPOSES`.
    pairs: Vec<Pair>,
    signing_seed: Zeroizing<[u8; SECRET_BYTES]>,
}

struct Pair {
    sealing: LessSafeKey,
    hashing: hmac::Key,
}

const FORMAT: u8 = 1;
const HEADER: usize = 1 + 4 + NONCE_LEN;

impl Keys {
    pub(super) fn derive(masters: &[Master], service: &str, ambient: &Ambient) -> Self {
        let versions = masters.iter().map(|master| version(master, service)).collect();
        Self { versions, ambient: ambient.clone() }
    }

    /// Seals `plain` with the newest key. Only the same purpose and context open it.
    pub fn seal(&self, purpose: Purpose, context: &[u8], plain: &[u8]) -> Vec<u8> {
        let newest = &self.versions[0];
        let mut nonce = [0_u8; NONCE_LEN];
        self.ambient.fill_random(&mut nonce);
        let mut sealed = Vec::with_capacity(HEADER + plain.len() + CHACHA20_POLY1305.tag_len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&newest.number.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        let mut body = plain.to_vec();
        newest
            .pair(purpose)
            .sealing
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context),
                &mut body,
            )
            .expect("a value in memory is shorter than the cipher's limit of 256 GiB");
        sealed.append(&mut body);
        sealed
    }

    /// Opens what [`Keys::seal`] made, with whichever key sealed it.
    pub fn open(
        &self,
        purpose: Purpose,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let number = version_of(sealed)?;
        let version = self
            .versions
            .iter()
            .find(|version| version.number == number)
            .ok_or(SealError::KeyMissing(number))?;
        let (header, body) = sealed.split_at(HEADER);
        let nonce =
            Nonce::try_assume_unique_for_key(&header[5..]).map_err(|_| SealError::Broken)?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = version
            .pair(purpose)
            .sealing
            .open_in_place(nonce, Aad::from(context), &mut body)
            .map_err(|_| SealError::Broken)?
            .len();
        body.truncate(length);
        Ok(body)
    }

    /// Seals a secret for its place.
    pub fn seal_secret(&self, place: &Place<'_>, plain: &[u8]) -> Vec<u8> {
        self.seal(Purpose::Secrets, &place.context(), plain)
    }

    /// Opens a secret at its place.
    pub fn open_secret(
        &self,
        place: &Place<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.open(Purpose::Secrets, &place.context(), sealed)
    }

    /// After a rotation: the secret sealed with the newest key; none where it is already.
    pub fn reseal_secret(
        &self,
        place: &Place<'_>,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, SealError> {
        if version_of(sealed)? == self.versions[0].number {
            return Ok(None);
        }
        let plain = self.open_secret(place, sealed)?;
        Ok(Some(self.seal_secret(place, &plain)))
    }

    /// What a sealed column is looked up by: a keyed hash of its value (bring values that shall be
    /// equal to one form first). Store the first; look up by all of them, one per key of the ring.
    pub fn blind_indexes(&self, table: &str, column: &str, value: &[u8]) -> Vec<[u8; 32]> {
        let message = parts(&[table.as_bytes(), column.as_bytes(), value]);
        self.hashes(Purpose::BlindIndexes, &message).collect()
    }

    /// The keyed hash of `message` by the newest key.
    pub fn hash(&self, purpose: Purpose, message: &[u8]) -> [u8; 32] {
        self.hashes(purpose, message).next().expect("a ring holds a key")
    }

    /// The keyed hashes of `message` by every key, newest first.
    pub fn hashes<'a>(
        &'a self,
        purpose: Purpose,
        message: &'a [u8],
    ) -> impl Iterator<Item = [u8; 32]> + 'a {
        self.versions.iter().map(move |version| {
            let tag = hmac::sign(&version.pair(purpose).hashing, message);
            tag.as_ref().try_into().expect("HMAC-SHA256 gives 32 bytes")
        })
    }

    /// Whether `hash` is of `message`, by any key; compares in constant time.
    pub fn verify(&self, purpose: Purpose, message: &[u8], hash: &[u8]) -> bool {
        self.versions
            .iter()
            .any(|version| hmac::verify(&version.pair(purpose).hashing, message, hash).is_ok())
    }

    /// Seeds of Ed25519 key pairs with their versions, newest first. Each service has its own.
    pub fn signing_seeds(&self) -> impl Iterator<Item = (u32, &[u8; 32])> {
        self.versions.iter().map(|version| (version.number, &*version.signing_seed))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<u32> = self.versions.iter().map(|version| version.number).collect();
        f.debug_struct("Keys").field("versions", &versions).finish_non_exhaustive()
    }
}

impl Place<'_> {
    fn context(&self) -> Vec<u8> {
        parts(&[self.table.as_bytes(), self.column.as_bytes(), self.row.as_bytes()])
    }
}

impl Version {
    fn pair(&self, purpose: Purpose) -> &Pair {
        &self.pairs[purpose as usize]
    }
}

/// Joins parts so that no two lists of parts give the same bytes.
fn parts(parts: &[&[u8]]) -> Vec<u8> {
    let mut joined = Vec::new();
    for part in parts {
        joined.extend_from_slice(&(part.len() as u64).to_be_bytes());
        joined.extend_from_slice(part);
    }
    joined
}

fn version_of(sealed: &[u8]) -> Result<u32, SealError> {
    match sealed {
        [FORMAT, a, b, c, d, ..] if sealed.len() > HEADER => {
            Ok(u32::from_be_bytes([*a, *b, *c, *d]))
        }
        _ => Err(SealError::Broken),
    }
}

fn version(master: &Master, service: &str) -> Version {
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"kefu key ring 1");
    let root = salt.extract(&*master.secret);
    let key = |purpose: &str, part: &str| expand(&root, &[service, purpose, part]);
    let pairs = PURPOSES
        .iter()
        .map(|purpose| {
            let sealing = UnboundKey::new(&CHACHA20_POLY1305, &*key(purpose.label(), "seal"))
                .expect("ChaCha20-Poly1305 takes keys of 32 bytes");
            let hashing = hmac::Key::new(hmac::HMAC_SHA256, &*key(purpose.label(), "hash"));
            Pair { sealing: LessSafeKey::new(sealing), hashing }
        })
        .collect();
    Version { number: master.version, pairs, signing_seed: key("signing", "ed25519") }
}

fn expand(root: &hkdf::Prk, info: &[&str]) -> Zeroizing<[u8; SECRET_BYTES]> {
    let info = parts(&info.iter().map(|part| part.as_bytes()).collect::<Vec<_>>());
    let mut key = Zeroizing::new([0_u8; SECRET_BYTES]);
    root.expand(&[&info], hkdf::HKDF_SHA256)
        .and_then(|material| material.fill(&mut *key))
        .expect("HKDF-SHA256 gives up to 8 160 bytes");
    key
}
