//! Which permissions each role holds, as the directory tells it at the moment.
//!
//! Roles are data: a service folds them from the directory's events and replaces the table here. A
//! running stream is told of it, so that rights that were taken away end it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::caller::Caller;

/// Role name to the permissions it holds.
pub type RoleTable = BTreeMap<String, BTreeSet<String>>;

/// The present table; clones share it.
#[derive(Clone)]
pub struct Roles {
    table: Arc<ArcSwap<RoleTable>>,
    changed: Arc<watch::Sender<()>>,
}

impl Roles {
    /// Starts with `table`. A role that is not in it holds nothing.
    pub fn new(table: RoleTable) -> Self {
        Self {
            table: Arc::new(ArcSwap::from_pointee(table)),
            changed: Arc::new(watch::Sender::new(())),
        }
    }

    /// Puts `table` in the place of the present one.
    pub fn replace(&self, table: RoleTable) {
        self.table.store(Arc::new(table));
        self.changed.send_replace(());
    }

    /// Whether one of the caller's roles holds `permission` and its credentials do not exclude it.
    pub fn allow(&self, caller: &Caller, permission: &str) -> bool {
        let table = self.table.load();
        let holds = |role: &String| table.get(role).is_some_and(|held| held.contains(permission));
        caller.principal.roles.iter().any(holds)
            && caller.scopes.as_ref().is_none_or(|scopes| scopes.contains(permission))
    }

    /// The present table.
    pub fn table(&self) -> Arc<RoleTable> {
        self.table.load_full()
    }

    /// Tells each replacement from now on.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}
