//! How a call's credentials become a caller: a chain of authenticators, each for its own sort.
//!
//! A service takes service tokens only. The gateway puts API keys and the identity providers' tokens
//! beside them. An authenticator leaves alone what is not of its sort; credentials that nobody takes
//! are refused, never ignored.

use std::sync::Arc;

use async_trait::async_trait;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::caller::Caller;
use crate::error::RpcError;
use crate::listen::Peer;

/// What a call brings to say who it is from.
pub struct Credentials<'a> {
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// The other end of the connection; none for a call within the process.
    pub peer: Option<&'a Peer>,
}

impl<'a> Credentials<'a> {
    /// The token of `authorization: Bearer …`.
    pub fn bearer(&self) -> Option<&'a str> {
        let value = self.headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// The names in the client's certificate, where it showed one that was verified.
    pub fn certificate_names(&self) -> Option<&'a [String]> {
        self.peer.and_then(|peer| peer.certificate_names.as_deref())
    }
}

/// Knows one sort of credentials.
#[async_trait]
pub trait Authenticate: Send + Sync + 'static {
    /// The caller; `None` where the credentials are not of this sort.
    async fn authenticate(&self, call: &Credentials<'_>) -> Result<Option<Caller>, RpcError>;
}

/// The authenticators of a server, asked in order.
#[derive(Clone)]
pub struct Authentication {
    chain: Vec<Arc<dyn Authenticate>>,
    faces_outside: bool,
}

impl Authentication {
    /// A service's, behind the gateway: every call must be presented by a service token (or what else
    /// is added).
    pub fn required() -> Self {
        Self { chain: Vec::new(), faces_outside: false }
    }

    /// The gateway's, which faces outside: a call without credentials is the public's, and callers'
    /// rates are limited.
    pub fn or_public() -> Self {
        Self { chain: Vec::new(), faces_outside: true }
    }

    /// Asks `next` after those added before.
    pub fn with(mut self, next: impl Authenticate) -> Self {
        self.chain.push(Arc::new(next));
        self
    }

    pub(crate) fn faces_outside(&self) -> bool {
        self.faces_outside
    }

    pub(crate) async fn caller_of(&self, call: &Credentials<'_>) -> Result<Caller, RpcError> {
        for one in &self.chain {
            if let Some(caller) = one.authenticate(call).await? {
                return Ok(caller);
            }
        }
        if call.headers.contains_key(AUTHORIZATION) {
            return Err(RpcError::CredentialsInvalid(None));
        }
        if self.faces_outside { Ok(Caller::public()) } else { Err(RpcError::CredentialsMissing) }
    }
}
