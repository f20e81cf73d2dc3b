//! Service tokens: how a process says, to another one, who calls.
//!
//! A token is a JWT signed with the process's own Ed25519 key: who issued it (`gateway`, `tickets`),
//! for which service, in whose voice, until when (a minute). Others hold the public halves only, so no
//! service can mint another's word; and only an issuer that is trusted to (the gateway) may speak for
//! anybody but itself.
//!
//! A signature costs more than a call within the process, so both sides keep the tokens of late: the
//! signer uses one for half its life, the verifier checks a signature once and the times always.

mod sign;
mod verify;

use std::collections::BTreeSet;
use std::time::Duration;

use kefu_kernel::id::Uuid;
use kefu_kernel::{Principal, PrincipalKind, Scope};
use serde::{Deserialize, Serialize};

pub use sign::TokenSigner;
#[cfg(test)]
pub(crate) use sign::private_key;
pub use verify::{PublicKey, ServiceTokens, TokenVerifier};

use crate::caller::Caller;

/// The `typ` of a service token: no other JWT passes for one.
const TYPE: &str = "kefu-service+jwt";

/// How long a token is good for.
const LIFETIME: Duration = Duration::from_secs(60);

/// How far the clocks of two machines may be apart.
const LEEWAY: Duration = Duration::from_secs(10);

/// Tokens kept by each side.
const KEPT: usize = 4_096;

/// What a token says, times in seconds since the epoch.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
    #[serde(flatten)]
    subject: Subject,
}

/// The caller, as a token carries it.
#[derive(Serialize, Deserialize)]
struct Subject {
    sub: String,
    kind: Kind,
    roles: BTreeSet<String>,
    /// Absent: every branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    branches: Option<BTreeSet<Uuid>>,
    /// Absent: whatever the roles give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scopes: Option<BTreeSet<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_behalf_of: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Person,
    Key,
    Service,
    Public,
}

impl From<&Caller> for Subject {
    fn from(caller: &Caller) -> Self {
        let principal = &caller.principal;
        Self {
            sub: principal.id.clone(),
            kind: match principal.kind {
                PrincipalKind::Person => Kind::Person,
                PrincipalKind::Key => Kind::Key,
                PrincipalKind::Service => Kind::Service,
                PrincipalKind::Public => Kind::Public,
            },
            roles: principal.roles.clone(),
            branches: match &principal.scope {
                Scope::All => None,
                Scope::Branches(branches) => Some(branches.clone()),
            },
            scopes: caller.scopes.clone(),
            on_behalf_of: principal.on_behalf_of.clone(),
        }
    }
}

impl From<Subject> for Caller {
    fn from(subject: Subject) -> Self {
        let principal = Principal {
            kind: match subject.kind {
                Kind::Person => PrincipalKind::Person,
                Kind::Key => PrincipalKind::Key,
                Kind::Service => PrincipalKind::Service,
                Kind::Public => PrincipalKind::Public,
            },
            id: subject.sub,
            roles: subject.roles,
            scope: subject.branches.map_or(Scope::All, Scope::Branches),
            on_behalf_of: subject.on_behalf_of,
        };
        Self { principal, scopes: subject.scopes }
    }
}

#[cfg(test)]
mod tests;
