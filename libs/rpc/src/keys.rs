//! API keys as text, `kefu_live_<id>_<secret><check>`, and the keyed hash that is kept of them.
//!
//! The prefix lets scanners find a leaked key; the id (a TypeID without its prefix) finds the row; the
//! secret is 256 random bits in base 62; the check is the CRC-32 of all before it, in base 62, so that
//! a mistyped key is refused without a look-up. Because the secret is long and random, a keyed hash is
//! enough: no slow one is needed.

use std::fmt;

use kefu_kernel::Ambient;
use kefu_kernel::id::{self, Uuid};
use ring::hmac;
use zeroize::Zeroizing;

const PREFIX: &str = "kefu_live_";
const ID_PREFIX: &str = "key";
const ID_CHARS: usize = 26;
/// 62⁴³ > 2²⁵⁶.
const SECRET_CHARS: usize = 43;
/// 62⁶ > 2³².
const CHECK_CHARS: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A key of the right form. Whether it is anybody's is for the directory to say.
#[derive(Clone)]
pub struct ApiKey {
    id: Uuid,
    text: Zeroizing<String>,
}

/// A text is not an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key of the form kefu_live_…, or mistyped")]
pub struct ApiKeyError;

impl ApiKey {
    /// A new key for the resource `id` (`key_…`).
    pub fn generate(id: Uuid, ambient: &Ambient) -> Self {
        let mut text = Zeroizing::new(format!("{PREFIX}{}_", id_text(id)));
        while text.len() < PREFIX.len() + ID_CHARS + 1 + SECRET_CHARS {
            let mut random = Zeroizing::new([0u8; 64]);
            ambient.fill_random(random.as_mut_slice());
            let room = PREFIX.len() + ID_CHARS + 1 + SECRET_CHARS - text.len();
            // Bytes from 248 on are left out: each digit is then equally likely.
            let fair = random.iter().filter(|byte| **byte < 248).take(room);
            text.extend(fair.map(|byte| char::from(DIGITS[usize::from(byte % 62)])));
        }
        let check = check_of(&text);
        text.push_str(&check);
        Self { id, text }
    }

    /// Reads a key; nothing is looked up.
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        let (body, check) = text
            .len()
            .checked_sub(CHECK_CHARS)
            .and_then(|at| text.split_at_checked(at))
            .ok_or(ApiKeyError)?;
        let (id, secret) =
            body.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_')).ok_or(ApiKeyError)?;
        let well_formed = secret.len() == SECRET_CHARS
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && check == check_of(body);
        if !well_formed {
            return Err(ApiKeyError);
        }
        let id = id::decode(ID_PREFIX, &format!("{ID_PREFIX}_{id}")).map_err(|_| ApiKeyError)?;
        Ok(Self { id, text: Zeroizing::new(text.to_owned()) })
    }

    /// Whether `text` means to be an API key at all.
    pub fn looks_like(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// The id of the key's resource.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The whole key: to be shown once, never logged.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}_…", id_text(self.id))
    }
}

/// The secret that API keys are hashed with; it lives in the gateway's key ring, beside no database.
pub struct Pepper(hmac::Key);

impl Pepper {
    /// From the ring's 32 bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// What is kept of `key`: 32 bytes.
    pub fn hash(&self, key: &ApiKey) -> [u8; 32] {
        let tag = hmac::sign(&self.0, key.text.as_bytes());
        tag.as_ref().try_into().expect("HMAC-SHA256 gives 32 bytes")
    }

    /// Whether `kept` is the hash of `key`; takes the same time for every wrong one.
    pub fn matches(&self, key: &ApiKey, kept: &[u8]) -> bool {
        hmac::verify(&self.0, key.text.as_bytes(), kept).is_ok()
    }
}

fn id_text(id: Uuid) -> String {
    id::encode(ID_PREFIX, id).split_off(ID_PREFIX.len() + 1)
}

fn check_of(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; CHECK_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ApiKey {
        let ambient = Ambient::system();
        ApiKey::generate(ambient.new_uuid(), &ambient)
    }

    #[test]
    fn a_key_survives_its_text_and_matches_its_hash_only() {
        let (one, other) = (key(), key());
        let read = ApiKey::parse(one.expose()).unwrap();
        assert_eq!(read.id(), one.id());
        assert_eq!(one.expose().len(), 10 + 26 + 1 + 43 + 6);
        let pepper = Pepper::new(&[7; 32]);
        assert!(pepper.matches(&read, &pepper.hash(&one)));
        assert!(!pepper.matches(&other, &pepper.hash(&one)));
        assert!(!Pepper::new(&[8; 32]).matches(&read, &pepper.hash(&one)));
    }

    #[test]
    fn a_mistyped_key_is_refused() {
        let good = key().expose().to_owned();
        for place in 0..good.len() {
            let mut wrong = good.clone().into_bytes();
            wrong[place] = if wrong[place] == b'0' { b'1' } else { b'0' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert_eq!(ApiKey::parse(&wrong).err(), Some(ApiKeyError), "{place}");
        }
        for wrong in ["", "kefu_live_", "ключ", &good[..good.len() - 1], &format!("{good}0")] {
            assert!(ApiKey::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_is_not_shown_by_debug() {
        let key = key();
        let shown = format!("{key:?}");
        assert!(shown.starts_with("kefu_live_") && shown.len() < 45, "{shown}");
    }
}
