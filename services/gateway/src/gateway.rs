//! The directory's service as its handlers see it: where commands are run, where is read, and what is
//! known of callers.

use std::collections::BTreeSet;
use std::sync::Arc;

use kefu_kernel::{Ambient, Call, Scope};
use kefu_rpc::{CallContext, Roles, context};
use kefu_store::page::Pages;
use kefu_store::seal::Keys;
use kefu_store::{Needs, Reader, Runner, Store, Work};
use prost::Message;

use crate::access::Access;
use crate::domain::Giver;
use crate::error::Error;

/// What all handlers share. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    pub(crate) store: Store,
    pub(crate) runner: Runner,
    pub(crate) keys: Keys,
    pub(crate) pages: Pages,
    pub(crate) roles: Roles,
    pub(crate) access: Access,
    /// Every permission that a method of the installation asks for.
    pub(crate) permissions: Arc<BTreeSet<String>>,
}

impl Gateway {
    /// The directory over `store`, for an installation with these permissions.
    pub fn new(
        store: Store,
        runner: Runner,
        keys: Keys,
        access: Access,
        permissions: BTreeSet<String>,
    ) -> Self {
        let pages = Pages::new(keys.clone(), store.ambient().clone());
        let (roles, permissions) = (access.roles().clone(), Arc::new(permissions));
        Self { store, runner, keys, pages, roles, access, permissions }
    }

    pub(crate) fn reader(&self) -> &Reader {
        self.store.reader()
    }

    pub(crate) fn ambient(&self) -> &Ambient {
        self.store.ambient()
    }

    /// Runs a command.
    pub(crate) async fn run<R: Message + Default + 'static>(
        &self,
        call: Call,
        needs: Needs,
        decide: impl Fn(&mut Work<'_>) -> Result<R, Error> + Send + Sync + 'static,
    ) -> Result<R, Error> {
        Ok(self.runner.run_with(call, needs, decide).await?.reply)
    }

    /// Runs a command that changes who may do what. It holds in this process when this returns.
    pub(crate) async fn run_rights<R: Message + Default + 'static>(
        &self,
        call: Call,
        needs: Needs,
        decide: impl Fn(&mut Work<'_>) -> Result<R, Error> + Send + Sync + 'static,
    ) -> Result<R, Error> {
        let reply = self.run(call, needs, decide).await?;
        self.access.refresh().await?;
        Ok(reply)
    }

    /// Everything that the caller may call.
    pub(crate) fn held_by(&self, call: &CallContext) -> BTreeSet<String> {
        let allowed = |permission: &&String| self.roles.allow(call.caller(), permission);
        self.permissions.iter().filter(allowed).cloned().collect()
    }

    /// The caller of the call being served, as one who gives rights; outside of a call one who has none.
    pub(crate) fn giver(&self) -> Giver {
        match context::current() {
            Some(call) => {
                Giver { permissions: self.held_by(&call), scope: call.principal().scope.clone() }
            }
            None => Giver { permissions: BTreeSet::new(), scope: Scope::Branches(BTreeSet::new()) },
        }
    }
}
