//! Who calls, as it was authenticated: the principal and what its credentials narrow it to.

use std::collections::BTreeSet;

use kefu_kernel::{Principal, PrincipalKind};

/// An authenticated caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who it is, with roles and branches.
    pub principal: Principal,
    /// The permissions that its credentials allow, of those that its roles give; none: all of them.
    /// API keys are narrowed so.
    pub scopes: Option<BTreeSet<String>>,
}

impl Caller {
    /// A principal with all that its roles give.
    pub fn new(principal: Principal) -> Self {
        Self { principal, scopes: None }
    }

    /// A call without credentials.
    pub fn public() -> Self {
        Self::new(Principal::public())
    }

    /// One of Kefu's own services, acting for itself or in the name of `behalf`.
    pub fn service(name: &str, behalf: Option<&Principal>) -> Self {
        let on_behalf_of = behalf.map(|principal| match principal.kind {
            PrincipalKind::Service => principal.on_behalf_of.clone(),
            _ => Some(principal.id.clone()),
        });
        let on_behalf_of = on_behalf_of.flatten();
        Self::new(Principal { on_behalf_of, ..Principal::service(name) })
    }
}
