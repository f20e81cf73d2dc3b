//! The verifying side: the public halves of every process's key.

use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use kefu_kernel::{Ambient, PrincipalKind};

use super::{Claims, KEPT, LEEWAY, LIFETIME, TYPE};
use crate::auth::{Authenticate, Credentials};
use crate::caller::Caller;
use crate::error::RpcError;
use crate::recent::Recent;

/// The public half of a process's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The service that signs with it.
    pub issuer: String,
    /// The key's id among the issuer's.
    pub key_id: String,
    /// The 32 bytes.
    pub key: [u8; 32],
    /// Whether it may present other callers than itself: the gateway, which authenticates them.
    pub speaks_for_others: bool,
}

/// Checks the tokens that are meant for one service. Clones share keys and memory.
#[derive(Clone)]
pub struct TokenVerifier {
    inner: Arc<Inner>,
}

struct Inner {
    audience: String,
    ambient: Ambient,
    keys: ArcSwap<Vec<Known>>,
    verified: Recent<Arc<Verified>>,
}

struct Known {
    public: PublicKey,
    decoding: DecodingKey,
}

/// A token whose signature was found good.
struct Verified {
    issuer: String,
    caller: Caller,
    issued_at: i64,
    expires_at: i64,
}

impl TokenVerifier {
    /// Checks tokens for `audience` with `keys`.
    pub fn new(audience: &str, keys: Vec<PublicKey>, ambient: Ambient) -> Self {
        let inner = Inner {
            audience: audience.to_owned(),
            ambient,
            keys: ArcSwap::from_pointee(known(keys)),
            verified: Recent::new(KEPT),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Trusts `keys` from now on, and no others.
    pub fn replace(&self, keys: Vec<PublicKey>) {
        self.inner.keys.store(Arc::new(known(keys)));
        self.inner.verified.clear();
    }

    /// The caller that `token` presents. `peer` are the names of the client's certificate, where it
    /// has one: a token is then taken only from its issuer.
    pub fn verify(&self, token: &str, peer: Option<&[String]>) -> Result<Caller, RpcError> {
        let verified = match self.inner.verified.get(token) {
            Some(verified) => verified,
            None => {
                let verified = Arc::new(self.check(token)?);
                self.inner.verified.put(token.to_owned(), Arc::clone(&verified));
                verified
            }
        };
        let now = self.inner.ambient.machine_now().as_millis() / 1_000;
        let leeway = i64::try_from(LEEWAY.as_secs()).unwrap_or(0);
        if verified.expires_at + leeway <= now {
            return Err(RpcError::CredentialsExpired);
        }
        if verified.issued_at - leeway > now {
            return Err(RpcError::invalid_credentials("issued in the future"));
        }
        let own = format!("service:{}", verified.issuer);
        if peer.is_some_and(|names| !names.contains(&own)) {
            return Err(RpcError::invalid_credentials("presented by another than its issuer"));
        }
        Ok(verified.caller.clone())
    }

    fn check(&self, token: &str) -> Result<Verified, RpcError> {
        let header = decode_header(token).map_err(RpcError::invalid_credentials)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        // Times are checked by `verify`, on the machine clock that tests can move.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_audience(&[&self.inner.audience]);
        let keys = self.inner.keys.load();
        // Issuers number their keys on their own, so two may have one id: the signature decides.
        for known in keys.iter().filter(|known| Some(&known.public.key_id) == header.kid.as_ref()) {
            validation.set_issuer(&[&known.public.issuer]);
            if let Ok(data) = decode::<Claims>(token, &known.decoding, &validation) {
                return accept(data.claims, &known.public);
            }
        }
        Err(RpcError::invalid_credentials("no known key has signed it for this service"))
    }
}

fn accept(claims: Claims, key: &PublicKey) -> Result<Verified, RpcError> {
    let longest = i64::try_from(LIFETIME.as_secs()).unwrap_or(60);
    if claims.exp - claims.iat > longest {
        return Err(RpcError::invalid_credentials("it lives too long"));
    }
    let caller = Caller::from(claims.subject);
    let own = caller.principal.kind == PrincipalKind::Service
        && caller.principal.id == format!("service:{}", key.issuer);
    if !own && !key.speaks_for_others {
        return Err(RpcError::invalid_credentials("its issuer may speak for itself only"));
    }
    let issuer = claims.iss;
    Ok(Verified { issuer, caller, issued_at: claims.iat, expires_at: claims.exp })
}

fn known(keys: Vec<PublicKey>) -> Vec<Known> {
    keys.into_iter()
        .map(|public| Known { decoding: DecodingKey::from_ed_der(&public.key), public })
        .collect()
}

/// Whether a JWT's header says that it is a service token.
pub(crate) fn is_service_token(header: &Header) -> bool {
    header.typ.as_deref() == Some(TYPE)
}

/// Authenticates calls by service tokens.
pub struct ServiceTokens {
    verifier: TokenVerifier,
}

impl ServiceTokens {
    /// Takes what `verifier` finds good.
    pub fn new(verifier: TokenVerifier) -> Self {
        Self { verifier }
    }
}

#[async_trait]
impl Authenticate for ServiceTokens {
    async fn authenticate(&self, call: &Credentials<'_>) -> Result<Option<Caller>, RpcError> {
        let Some(token) = call.bearer() else { return Ok(None) };
        match decode_header(token) {
            Ok(header) if is_service_token(&header) => {
                self.verifier.verify(token, call.certificate_names()).map(Some)
            }
            _ => Ok(None),
        }
    }
}
