//! Who acts, with which roles, on things of which branches.
//!
//! A principal is established once, at the gateway; services receive it in a signed token. Permission
//! to call an RPC comes from the roles; which things it may touch comes from the [`Scope`].

use std::collections::BTreeSet;

use uuid::Uuid;

/// What sort of actor a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// A person of the staff, known by an identity provider's token.
    Person,
    /// Another system, known by an API key.
    Key,
    /// One of Kefu's own services.
    Service,
    /// A call without credentials.
    Public,
}

/// The actor of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// What sort of actor.
    pub kind: PrincipalKind,
    /// Stable text id: `person_…`, `key_…`, `service:tickets`, `public`. Unique over all kinds.
    pub id: String,
    /// Names of roles held, such as `agent`; each stands for a set of permissions.
    pub roles: BTreeSet<String>,
    /// Which branches' things it may see and change.
    pub scope: Scope,
    /// The principal in whose name this one acts, where it does (an agent, for a service's call).
    pub on_behalf_of: Option<String>,
}

/// The branches whose things a principal may see and change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every branch, and what belongs to none.
    All,
    /// The named branches only.
    Branches(BTreeSet<Uuid>),
}

impl Scope {
    /// Whether a thing of `branch` is within the scope. What belongs to no branch is everyone's who
    /// has a branch at all.
    pub fn admits(&self, branch: Option<Uuid>) -> bool {
        match (self, branch) {
            (Self::All, _) => true,
            (Self::Branches(own), Some(branch)) => own.contains(&branch),
            (Self::Branches(own), None) => !own.is_empty(),
        }
    }
}

impl Principal {
    /// The role of a call without credentials.
    pub fn public() -> Self {
        Self {
            kind: PrincipalKind::Public,
            id: "public".into(),
            roles: BTreeSet::from(["public".to_owned()]),
            scope: Scope::Branches(BTreeSet::new()),
            on_behalf_of: None,
        }
    }

    /// One of Kefu's own services acting for itself: sees everything, holds the role `service`.
    pub fn service(name: &str) -> Self {
        Self {
            kind: PrincipalKind::Service,
            id: format!("service:{name}"),
            roles: BTreeSet::from(["service".to_owned()]),
            scope: Scope::All,
            on_behalf_of: None,
        }
    }
}
