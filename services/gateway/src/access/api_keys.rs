//! Callers with an API key.

use std::collections::BTreeSet;

use kefu_kernel::{Principal, PrincipalKind};
use kefu_rpc::keys::ApiKey;
use kefu_rpc::{Authenticate, Caller, Credentials, RpcError};
use tonic::async_trait;

use super::{Access, principal_id};
use crate::domain::Key;

/// Establishes callers by `authorization: Bearer kefu_live_…`.
pub struct ApiKeys(pub Access);

#[async_trait]
impl Authenticate for ApiKeys {
    async fn authenticate(&self, call: &Credentials<'_>) -> Result<Option<Caller>, RpcError> {
        let Some(text) = call.bearer().filter(|text| ApiKey::looks_like(text)) else {
            return Ok(None);
        };
        let shown = ApiKey::parse(text).map_err(RpcError::invalid_credentials)?;
        let found = self.0.key(shown.id()).await;
        let found = found.map_err(|error| RpcError::CredentialsUncheckable(error.into()))?;
        let key = found.ok_or_else(|| RpcError::invalid_credentials("there is no such key"))?;
        self.check(&shown, &key)?;
        self.0.inner.used.note(shown.id(), self.0.ambient().machine_now());
        Ok(Some(caller(&key)))
    }
}

impl ApiKeys {
    /// Only who shows a secret of the key learns that it, or the key, is over.
    fn check(&self, shown: &ApiKey, key: &Key) -> Result<(), RpcError> {
        let now = self.0.ambient().machine_now();
        let peppers = self.0.peppers();
        // Every secret is compared, so that time tells nothing of which one it was.
        let known: Vec<i32> = key
            .secrets
            .iter()
            .filter(|secret| peppers.matches(shown, &secret.hash))
            .map(|secret| secret.serial)
            .collect();
        if known.is_empty() {
            return Err(RpcError::invalid_credentials("not a secret of this key"));
        }
        let live = key.live_secrets(now).any(|secret| known.contains(&secret.serial));
        if live && key.is_live(now) { Ok(()) } else { Err(RpcError::CredentialsExpired) }
    }
}

fn caller(key: &Key) -> Caller {
    let principal = Principal {
        kind: PrincipalKind::Key,
        id: principal_id(key.id()),
        roles: key.rights.roles.clone(),
        scope: key.rights.scope(),
        on_behalf_of: None,
    };
    let scopes: BTreeSet<String> = key.scopes.clone();
    Caller { principal, scopes: (!scopes.is_empty()).then_some(scopes) }
}
