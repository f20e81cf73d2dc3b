//! The service `door`: what callers from outside meet. It knows one key.

use std::collections::BTreeSet;

use axum::Router;
use kefu_kernel::{Principal, PrincipalKind, Scope};
use kefu_rpc::{Authenticate, Authentication, Caller, Credentials, Mount, RpcError};
use kefu_runtime::{Context, Face, Parts, Service};
use tonic::async_trait;

/// The one key that is known.
pub const KEY: &str = "open-sesame";

pub fn service() -> Service {
    Service::new("door", &[], &[], build).speaks_for_others()
}

async fn build(context: Context) -> anyhow::Result<Parts> {
    let mut mount = Mount::new();
    for (name, descriptors) in context.installed.iter().filter(|(name, _)| *name != "door") {
        mount = mount.forward(&context.endpoint(name)?.as_caller(), descriptors)?;
    }
    let face = Face {
        mount,
        authentication: Authentication::required().with(OneKey),
        rest: Box::new(|_| Ok(Router::new())),
    };
    Ok(Parts::new(Mount::new()).face(face))
}

struct OneKey;

#[async_trait]
impl Authenticate for OneKey {
    async fn authenticate(&self, call: &Credentials<'_>) -> Result<Option<Caller>, RpcError> {
        let agent = Principal {
            kind: PrincipalKind::Key,
            id: "key_one".into(),
            roles: BTreeSet::from(["agent".to_owned()]),
            scope: Scope::All,
            on_behalf_of: None,
        };
        Ok((call.bearer() == Some(KEY)).then(|| Caller::new(agent)))
    }
}
