//! Callers with an access token of a trusted issuer. A token says who somebody is; what they may do is
//! said by the directory, and by the claims that the issuer was trusted with.

use jsonwebtoken::Algorithm as Named;
use kefu_kernel::{Principal, PrincipalKind};
use kefu_rpc::jwks::VerifiedToken;
use kefu_rpc::{Authenticate, Caller, Credentials, RpcError};
use serde_json::Value;
use tonic::async_trait;

use super::{Access, Trusted, principal_id};
use crate::domain::ids::BranchId;
use crate::domain::issuer::Algorithm;
use crate::domain::person::Subject;
use crate::domain::role::SERVICE;
use crate::domain::{Issuer, Person, Rights};

/// Establishes callers by `authorization: Bearer <JWT>`.
pub struct Tokens(pub Access);

/// Codes that a claim names, at most.
const MOST_CODES: usize = 200;

#[async_trait]
impl Authenticate for Tokens {
    async fn authenticate(&self, call: &Credentials<'_>) -> Result<Option<Caller>, RpcError> {
        let trusted = self.0.inner.trusted.load_full();
        let Some(token) = call.bearer().filter(|token| trusted.tokens.knows(token)) else {
            return Ok(None);
        };
        let verified = trusted.tokens.verify(token).await?;
        let issuer = trusted.issuers.iter().find(|issuer| issuer.issuer == verified.issuer);
        let unknown = || RpcError::invalid_credentials("a token of nobody who works here");
        let issuer = issuer.ok_or_else(unknown)?;
        let subject = Subject { issuer: issuer.id(), subject: verified.subject.clone() };
        let person = self.0.person(subject).await;
        let person = person.map_err(|error| RpcError::CredentialsUncheckable(error.into()))?;
        let person = person.ok_or_else(unknown)?;
        if !person.is_active() {
            return Err(RpcError::CredentialsExpired);
        }
        Ok(Some(self.caller(&trusted, issuer, &person, &verified)))
    }
}

impl Tokens {
    fn caller(
        &self,
        trusted: &Trusted,
        issuer: &Issuer,
        person: &Person,
        token: &VerifiedToken,
    ) -> Caller {
        let table = self.0.roles().table();
        let mut rights: Rights = person.rights.clone();
        let roles = codes(token, &issuer.roles_claim).into_iter();
        rights.roles.extend(roles.filter(|role| role != SERVICE && table.contains_key(role)));
        let branches = codes(token, &issuer.branches_claim);
        let known = branches.iter().filter_map(|code| trusted.branches.get(code).copied());
        rights.branches.extend(known.map(BranchId::from));
        Caller::new(Principal {
            kind: PrincipalKind::Person,
            id: principal_id(person.id()),
            scope: rights.scope(),
            roles: rights.roles,
            on_behalf_of: None,
        })
    }
}

/// The codes that a claim names: a list, or words divided by spaces.
fn codes(token: &VerifiedToken, claim: &str) -> Vec<String> {
    match token.claims.get(claim).filter(|_| !claim.is_empty()) {
        Some(Value::Array(list)) => {
            let texts = list.iter().filter_map(Value::as_str);
            texts.take(MOST_CODES).map(str::to_owned).collect()
        }
        Some(Value::String(text)) => {
            text.split_ascii_whitespace().take(MOST_CODES).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// The name that tokens have for an algorithm.
pub(super) fn algorithm(algorithm: Algorithm) -> Named {
    match algorithm {
        Algorithm::Rs256 => Named::RS256,
        Algorithm::Es256 => Named::ES256,
        Algorithm::EdDsa => Named::EdDSA,
    }
}
