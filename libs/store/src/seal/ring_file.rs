//! The ring as text: TOML with one entry per version, each a master secret of 32 random bytes.
//!
//! ```toml
//! [[key]]
//! version = 1
//! created_at = "2026-11-22T10:00:00Z"
//! secret = "…43 characters of base 64…"
//! ```
//!
//! Entries are only ever added: one removed makes everything that it sealed unreadable.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kefu_kernel::Ambient;
use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

use super::{Keys, SealError};

/// The master secrets of one process, newest first.
#[derive(Clone)]
pub struct KeyRing {
    masters: Arc<[Master]>,
}

/// One version's master secret.
pub(super) struct Master {
    pub version: u32,
    pub secret: Zeroizing<[u8; SECRET_BYTES]>,
}

pub(super) const SECRET_BYTES: usize = 32;
/// More versions than a century of monthly rotations.
const MAX_KEYS: usize = 2_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    key: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    version: u32,
    #[expect(dead_code, reason = "for the people who read the file")]
    created_at: String,
    secret: String,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl KeyRing {
    /// The text of a new ring, with one key.
    pub fn generate(ambient: &Ambient) -> Zeroizing<String> {
        Zeroizing::new(format!("{HEADING}{}", *entry(1, ambient)))
    }

    /// The same ring with a new key at its end, which is the newest from now on.
    pub fn rotate(text: &str, ambient: &Ambient) -> Result<Zeroizing<String>, SealError> {
        let newest = Self::parse(text)?.masters[0].version;
        let next = newest.checked_add(1).ok_or_else(|| wrong("its versions are used up"))?;
        let added = entry(next, ambient);
        Ok(Zeroizing::new(format!("{}\n{}", text.trim_end(), *added)))
    }

    /// Reads a ring's text.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let file: File = toml::from_str(text).map_err(|error| {
            // The parser's own words may quote the line, and with it the secret.
            let end = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count() + 1;
            SealError::Ring(format!("line {line} is not as `kefu key` writes it"))
        })?;
        if file.key.len() > MAX_KEYS {
            return Err(wrong("it has too many keys"));
        }
        let mut masters =
            file.key.iter().map(master).collect::<Result<Vec<Master>, SealError>>()?;
        masters.sort_by_key(|master| std::cmp::Reverse(master.version));
        if masters.is_empty() {
            return Err(wrong("it holds no key"));
        }
        if masters.windows(2).any(|pair| pair[0].version == pair[1].version) {
            return Err(wrong("two keys have the same version"));
        }
        Ok(Self { masters: masters.into() })
    }

    /// The keys of one service.
    pub fn keys(&self, service: &str, ambient: &Ambient) -> Keys {
        Keys::derive(&self.masters, service, ambient)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<u32> = self.masters.iter().map(|master| master.version).collect();
        f.debug_struct("KeyRing").field("versions", &versions).finish_non_exhaustive()
    }
}

const HEADING: &str = "\
# Kefu's keys. Whoever has this file can read every secret and make every token: keep it from others,
# keep a copy, and never remove an entry while anything sealed with it exists.

";

fn entry(version: u32, ambient: &Ambient) -> Zeroizing<String> {
    let mut secret = Zeroizing::new([0_u8; SECRET_BYTES]);
    ambient.fill_random(&mut *secret);
    let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(*secret));
    let created_at = ambient.machine_now();
    Zeroizing::new(format!(
        "[[key]]\nversion = {version}\ncreated_at = \"{created_at}\"\nsecret = \"{}\"\n",
        *text
    ))
}

fn master(entry: &Entry) -> Result<Master, SealError> {
    let version = entry.version;
    let bytes = Zeroizing::new(
        URL_SAFE_NO_PAD
            .decode(&entry.secret)
            .map_err(|_| wrong(&format!("the secret of version {version} is not base 64")))?,
    );
    let secret: [u8; SECRET_BYTES] = bytes
        .as_slice()
        .try_into()
        .map_err(|_| wrong(&format!("the secret of version {version} is not 32 bytes")))?;
    Ok(Master { version, secret: Zeroizing::new(secret) })
}

fn wrong(what: &str) -> SealError {
    SealError::Ring(what.to_owned())
}
