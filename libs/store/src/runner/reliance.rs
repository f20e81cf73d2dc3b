//! Aggregates that a command read and did not change: they must still be what they were when the
//! command's effects commit. Otherwise two processes could each change one of a pair on the strength
//! of the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use sea_orm::sea_query::{Expr, ExprTrait, LockType, Query, Value};
use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

use super::batch::Batch;
use crate::write::table::{Table, VERSION};
use crate::{StoreError, WriteTx};

/// The versions in one root table that a batch relies on.
pub(crate) struct Reliance {
    table: Arc<Table>,
    versions: Vec<(Uuid, i64)>,
}

impl Reliance {
    /// What the accepted commands of a batch relied on and none of them changed, per root table.
    pub fn of(batch: &Batch) -> Result<Vec<Self>, StoreError> {
        let mut tables: BTreeMap<&'static str, Self> = BTreeMap::new();
        for slot in batch.relied_on.iter().filter_map(|key| batch.slots.get(key)) {
            let (Some(loaded), Some(current)) = (&slot.loaded, &slot.current) else { continue };
            if loaded.head.version != current.head.version {
                continue;
            }
            let table = slot.kind.root_table()?;
            let relied = Self { table: Arc::clone(&table), versions: Vec::new() };
            let relied = tables.entry(table.name).or_insert(relied);
            relied.versions.push((loaded.head.id, loaded.head.version));
        }
        Ok(tables.into_values().collect())
    }

    /// Whether all are as they were; on PostgreSQL they stay so until the transaction ends.
    pub async fn holds(&self, tx: &WriteTx) -> Result<bool, StoreError> {
        let mut ids: Vec<Value> = self.versions.iter().map(|(id, _)| Value::from(*id)).collect();
        if let Some(last) = ids.last().cloned() {
            ids.resize(ids.len().next_power_of_two(), last);
        }
        let key = self.table.key().next().map_or("id", |column| column.name);
        let mut select = Query::select();
        select.columns([key, VERSION]).from(self.table.name);
        select.and_where(Expr::col(key).is_in(ids));
        if tx.get_database_backend() == DbBackend::Postgres {
            select.lock(LockType::Share);
        }
        let mut same = 0;
        for row in tx.query_all(&select).await? {
            let found: (Uuid, i64) = (row.try_get("", key)?, row.try_get("", VERSION)?);
            same += usize::from(self.versions.contains(&found));
        }
        Ok(same == self.versions.len())
    }
}
