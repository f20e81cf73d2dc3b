//! One issuer's keys, kept and renewed.
//!
//! They are fetched again when they are ten minutes old, and at once when a token names a key that is
//! not among them (a rotation), but never twice within 30 seconds: a stranger's `kid` costs nobody a
//! request. While the issuer does not answer, the keys of the last answer serve for 24 hours.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use kefu_kernel::{Ambient, Timestamp};
use tokio::sync::Mutex;

use super::fetch::Source;
use crate::error::RpcError;

const FRESH: Duration = Duration::from_secs(10 * 60);
const BETWEEN_FETCHES: Duration = Duration::from_secs(30);
const STALE_AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) struct IssuerKeys {
    source: Source,
    ambient: Ambient,
    present: ArcSwapOption<Fetched>,
    /// When the last fetch began; held while one runs, so that there is only one.
    last_try: Mutex<Option<Timestamp>>,
}

struct Fetched {
    set: JwkSet,
    at: Timestamp,
}

impl IssuerKeys {
    pub(super) fn new(source: Source, ambient: Ambient) -> Self {
        let (present, last_try) = (ArcSwapOption::empty(), Mutex::new(None));
        Self { source, ambient, present, last_try }
    }

    pub(super) async fn prefetch(&self) -> Result<(), RpcError> {
        self.renew(|_| true).await
    }

    /// The key `kid`, to check a signature of `algorithm` with.
    pub(super) async fn find(
        &self,
        kid: &str,
        algorithm: Algorithm,
    ) -> Result<DecodingKey, RpcError> {
        let lacks = |fetched: &Fetched| fetched.set.find(kid).is_none();
        let old = |fetched: &Fetched| self.age(fetched) >= FRESH;
        let outdated = |fetched: &Fetched| lacks(fetched) || old(fetched);
        let renewed = match self.usable() {
            Some(fetched) if !outdated(&fetched) => Ok(()),
            _ => self.renew(outdated).await,
        };
        let Some(fetched) = self.usable() else {
            let never = || RpcError::CredentialsUncheckable("no keys were fetched".into());
            return Err(renewed.err().unwrap_or_else(never));
        };
        let unknown = || RpcError::invalid_credentials("signed with a key that is not known");
        let key = fetched.set.find(kid).ok_or_else(unknown)?;
        if !fits(key, algorithm) {
            return Err(RpcError::invalid_credentials("the key is not for this algorithm"));
        }
        DecodingKey::from_jwk(key).map_err(RpcError::invalid_credentials)
    }

    /// The keys of the last answer, unless they are too old to be believed.
    fn usable(&self) -> Option<Arc<Fetched>> {
        self.present.load_full().filter(|fetched| self.age(fetched) < STALE_AT_MOST)
    }

    fn age(&self, fetched: &Fetched) -> Duration {
        self.ambient.machine_now().since(fetched.at)
    }

    /// Fetches, unless another one just did so or what it brought is enough.
    async fn renew(&self, still_outdated: impl Fn(&Fetched) -> bool) -> Result<(), RpcError> {
        let mut last_try = self.last_try.lock().await;
        if self.usable().is_some_and(|fetched| !still_outdated(&fetched)) {
            return Ok(());
        }
        let now = self.ambient.machine_now();
        if last_try.is_some_and(|last| now.since(last) < BETWEEN_FETCHES) {
            return Ok(());
        }
        *last_try = Some(now);
        let set = self.source.fetch().await?;
        self.present.store(Some(Arc::new(Fetched { set, at: now })));
        Ok(())
    }
}

/// Whether a key may check signatures of `algorithm`: its own kind decides, not the token.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(_), Algorithm::RS256) => true,
        (AlgorithmParameters::EllipticCurve(curve), Algorithm::ES256) => {
            curve.curve == EllipticCurve::P256
        }
        (AlgorithmParameters::OctetKeyPair(curve), Algorithm::EdDSA) => {
            curve.curve == EllipticCurve::Ed25519
        }
        _ => false,
    };
    let signs = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
    let declared = key.common.key_algorithm.map(|algorithm| algorithm.to_string());
    kind && signs && declared.is_none_or(|name| name == format!("{algorithm:?}"))
}
