//! The signing side: one process's own key.

use std::sync::Arc;

use arc_swap::ArcSwap;
use http::HeaderValue;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kefu_kernel::Ambient;
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::{Claims, KEPT, LIFETIME, PublicKey, Subject, TYPE};
use crate::caller::Caller;
use crate::error::RpcError;
use crate::recent::Recent;

/// What precedes the 32 bytes of an Ed25519 private key in PKCS 8 (RFC 8410 §7).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Signs what one process says. Clones share the key and the tokens made with it.
#[derive(Clone)]
pub struct TokenSigner {
    inner: Arc<Inner>,
}

struct Inner {
    service: String,
    ambient: Ambient,
    key: ArcSwap<Key>,
    tokens: Recent<Token>,
}

struct Key {
    header: Header,
    private: EncodingKey,
    public: [u8; 32],
}

/// A token made before, as the header that carries it, with the second after which a new one is made.
#[derive(Clone)]
struct Token {
    header: HeaderValue,
    renew_at: i64,
}

impl TokenSigner {
    /// Signs as `service` (the last part of `service:<name>`) with the Ed25519 key of `seed`, which
    /// verifiers know as `key_id`.
    pub fn new(
        service: &str,
        key_id: &str,
        seed: &[u8; 32],
        ambient: Ambient,
    ) -> Result<Self, RpcError> {
        let inner = Inner {
            service: service.to_owned(),
            ambient,
            key: ArcSwap::from_pointee(Key::new(key_id, seed)?),
            tokens: Recent::new(KEPT),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Signs with another key from now on.
    pub fn rotate(&self, key_id: &str, seed: &[u8; 32]) -> Result<(), RpcError> {
        self.inner.key.store(Arc::new(Key::new(key_id, seed)?));
        self.inner.tokens.clear();
        Ok(())
    }

    /// The service that it signs as.
    pub fn service(&self) -> &str {
        &self.inner.service
    }

    /// What verifiers need to know of the present key. `speaks_for_others` is for them to say.
    pub fn public_key(&self) -> PublicKey {
        let key = self.inner.key.load();
        PublicKey {
            issuer: self.inner.service.clone(),
            key_id: key.header.kid.clone().unwrap_or_default(),
            key: key.public,
            speaks_for_others: false,
        }
    }

    /// The `authorization` header that presents `caller` to `audience`.
    pub fn authorization(&self, caller: &Caller, audience: &str) -> Result<HeaderValue, RpcError> {
        let subject = Subject::from(caller);
        let unsigned = serde_json::to_string(&(audience, &subject))
            .map_err(|cause| RpcError::Foreign(Box::new(cause)))?;
        let now = self.inner.ambient.machine_now().as_millis() / 1_000;
        if let Some(token) = self.inner.tokens.get(&unsigned)
            && now < token.renew_at
        {
            return Ok(token.header);
        }
        let token = self.sign(subject, audience, now)?;
        self.inner.tokens.put(unsigned, token.clone());
        Ok(token.header)
    }

    fn sign(&self, subject: Subject, audience: &str, now: i64) -> Result<Token, RpcError> {
        let seconds = i64::try_from(LIFETIME.as_secs()).unwrap_or(60);
        let claims = Claims {
            iss: self.inner.service.clone(),
            aud: audience.to_owned(),
            iat: now,
            exp: now + seconds,
            subject,
        };
        let key = self.inner.key.load();
        let token = jsonwebtoken::encode(&key.header, &claims, &key.private)
            .map_err(|cause| RpcError::Foreign(Box::new(cause)))?;
        let mut header = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|cause| RpcError::Foreign(Box::new(cause)))?;
        header.set_sensitive(true);
        Ok(Token { header, renew_at: now + seconds / 2 })
    }
}

impl Key {
    fn new(key_id: &str, seed: &[u8; 32]) -> Result<Self, RpcError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed)
            .map_err(|_| RpcError::set_up("the service key cannot be used"))?;
        let public = pair.public_key().as_ref().try_into().expect("an Ed25519 key has 32 bytes");
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key_id.to_owned());
        let private = EncodingKey::from_ed_der(&private_key(seed));
        Ok(Self { header, private, public })
    }
}

/// An Ed25519 private key as jsonwebtoken takes it: PKCS 8.
pub(crate) fn private_key(seed: &[u8; 32]) -> Vec<u8> {
    [PKCS8_PREFIX.as_slice(), seed].concat()
}
