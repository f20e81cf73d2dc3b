//! Access tokens of identity providers (OIDC): who may issue them, and whether one verifies.
//!
//! An issuer is pinned: its name, where its keys are, the audience, the algorithms. A token chooses
//! among the keys by `kid` and nothing else: `jku`, `x5u` and a key in its own header are ignored. What
//! the claims mean (roles, branches) is for the gateway to say.

mod fetch;
mod keys;

use std::collections::HashMap;
use std::sync::Arc;

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use kefu_kernel::Ambient;
use serde::Deserialize;
use serde_json::{Map, Value};

pub use self::fetch::FetchConfig;

use self::fetch::Fetch;
use self::keys::IssuerKeys;
use crate::error::RpcError;

/// How far the issuer's clock may be from ours, in seconds.
const LEEWAY_SECONDS: i64 = 60;

/// One identity provider, as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Its `iss`, compared exactly.
    pub issuer: String,
    /// Where its keys are: `https://…`, or `http://` on loopback; empty: as its discovery document says.
    pub jwks_uri: String,
    /// The `aud` values of which a token must name one.
    pub audiences: Vec<String>,
    /// What it signs with: of RS256, ES256 and EdDSA.
    pub algorithms: Vec<Algorithm>,
}

/// A token that verified.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedToken {
    /// Who issued it.
    pub issuer: String,
    /// Whom it is about; unique within the issuer.
    pub subject: String,
    /// When it is over, in seconds since the epoch.
    pub expires_at: i64,
    /// All its claims.
    pub claims: Map<String, Value>,
}

/// The claims that are checked, beside all the others.
#[derive(Deserialize)]
struct Checked {
    sub: String,
    exp: i64,
    nbf: Option<i64>,
    iat: Option<i64>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// Verifies tokens of the known issuers.
pub struct TokenIssuers {
    fetch: Fetch,
    ambient: Ambient,
    issuers: HashMap<String, (Issuer, Arc<IssuerKeys>)>,
}

impl TokenIssuers {
    /// No issuer is known yet: see [`TokenIssuers::knowing`]. The trusted roots are read here.
    pub fn new(fetch: &FetchConfig, ambient: Ambient) -> Result<Self, RpcError> {
        Ok(Self { fetch: Fetch::new(fetch)?, ambient, issuers: HashMap::new() })
    }

    /// These issuers and no others, with the keys that are here already of those that are as they were;
    /// nothing is fetched yet. Those that cannot be used as they are told are left out and named.
    pub fn knowing(&self, issuers: Vec<Issuer>) -> (Self, Vec<RpcError>) {
        let (mut known, mut refused) = (HashMap::new(), Vec::new());
        for issuer in issuers {
            let kept = self.issuers.get(&issuer.issuer).filter(|(kept, _)| *kept == issuer);
            let keys = match kept {
                Some((_, keys)) => Ok(Arc::clone(keys)),
                None => self.keys_of(&issuer).map(Arc::new),
            };
            match keys {
                Ok(keys) => drop(known.insert(issuer.issuer.clone(), (issuer, keys))),
                Err(error) => refused.push(error),
            }
        }
        let (fetch, ambient) = (self.fetch.clone(), self.ambient.clone());
        (Self { fetch, ambient, issuers: known }, refused)
    }

    fn keys_of(&self, issuer: &Issuer) -> Result<IssuerKeys, RpcError> {
        let allowed = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
        if let Some(wrong) = issuer.algorithms.iter().find(|one| !allowed.contains(one)) {
            let what = format!("{} may not sign with {wrong:?}", issuer.issuer);
            return Err(RpcError::set_up(what));
        }
        let source = match issuer.jwks_uri.as_str() {
            "" => self.fetch.discovered(&issuer.issuer)?,
            uri => self.fetch.at(uri)?,
        };
        Ok(IssuerKeys::new(source, self.ambient.clone()))
    }

    /// Fetches all keys, so that the first caller does not wait for them. An issuer that does not
    /// answer is only logged: its tokens are refused until it does.
    pub async fn prefetch(&self) {
        for (issuer, keys) in self.issuers.values() {
            if let Err(fault) = keys.prefetch().await {
                let error = &fault as &dyn std::error::Error;
                tracing::warn!(error, issuer = issuer.issuer, "an issuer's keys were not fetched");
            }
        }
    }

    /// Whether `token` is a JWT that names one of these issuers (which it may do wrongly).
    pub fn knows(&self, token: &str) -> bool {
        issuer_of(token).is_some_and(|issuer| self.issuers.contains_key(&issuer))
    }

    /// Verifies an access token.
    pub async fn verify(&self, token: &str) -> Result<VerifiedToken, RpcError> {
        let unknown = || RpcError::invalid_credentials("not a token of a known issuer");
        let named = issuer_of(token).ok_or_else(unknown)?;
        let (issuer, keys) = self.issuers.get(&named).ok_or_else(unknown)?;
        let header = decode_header(token).map_err(RpcError::invalid_credentials)?;
        if !issuer.algorithms.contains(&header.alg) {
            return Err(RpcError::invalid_credentials("signed with an algorithm not allowed"));
        }
        if !header.typ.as_deref().is_none_or(is_access_token) {
            return Err(RpcError::invalid_credentials("a JWT of another type"));
        }
        let kid = header.kid.ok_or_else(|| RpcError::invalid_credentials("it names no key"))?;
        let key = keys.find(&kid, header.alg).await?;
        let mut validation = Validation::new(header.alg);
        // Times are checked below, on the machine clock that tests can move.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&issuer.issuer]);
        validation.set_audience(&issuer.audiences);
        let checked = decode::<Checked>(token, &key, &validation)
            .map_err(RpcError::invalid_credentials)?
            .claims;
        self.check_times(&checked)?;
        Ok(VerifiedToken {
            issuer: named,
            subject: checked.sub,
            expires_at: checked.exp,
            claims: checked.others,
        })
    }

    fn check_times(&self, checked: &Checked) -> Result<(), RpcError> {
        let now = self.ambient.machine_now().as_millis() / 1_000;
        if checked.exp.saturating_add(LEEWAY_SECONDS) <= now {
            return Err(RpcError::CredentialsExpired);
        }
        let begins = checked.nbf.into_iter().chain(checked.iat).max();
        if begins.is_some_and(|begins| begins.saturating_sub(LEEWAY_SECONDS) > now) {
            return Err(RpcError::invalid_credentials("it is not valid yet"));
        }
        Ok(())
    }
}

/// RFC 9068 says `at+jwt`; most providers still say `JWT`. Anything else (an ID or logout token) is
/// not for us.
fn is_access_token(typ: &str) -> bool {
    let typ = typ.strip_prefix("application/").unwrap_or(typ);
    typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("jwt")
}

/// The issuer that a token names, not verified: it only chooses whose keys are asked.
fn issuer_of(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        iss: String,
    }
    let named = jsonwebtoken::dangerous::insecure_decode::<Named>(token).ok()?;
    Some(named.claims.iss)
}

#[cfg(test)]
mod tests;
