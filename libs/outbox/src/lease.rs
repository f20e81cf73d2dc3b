//! Who works on which partition: leases on the database's clock, each with a fencing number.
//!
//! A holder that was paused may still believe in its lease. Therefore every write made under a lease
//! names the fencing number, and the row that it guards refuses a lower one than it has seen. The
//! number rises each time a lease changes hands.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kefu_kernel::PARTITIONS;
use kefu_store::tables::lease;
use kefu_store::{Store, StoreError};
use kefu_telemetry::metrics;
use sea_orm::ConnectionTrait;

use crate::sql::{self, Sql};
use crate::{OutboxError, attributes};

/// Every partition.
pub(crate) const ALL: [u8; PARTITIONS as usize] =
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// The fencing number of each partition held, by partition.
pub type Held = BTreeMap<u8, i64>;

/// Takes, renews and gives back the leases of one role over partitions (`relay`, `live_board/tickets`).
pub struct Leases {
    store: Store,
    role: String,
    holder: String,
    lasts: Duration,
    /// What the last renewal gave, to tell what was taken from another holder.
    known: Mutex<Held>,
}

impl Leases {
    /// Leases named `<role>/<partition>`, held in the name of `holder` for `lasts` at a time.
    pub fn new(store: Store, role: &str, holder: &str, lasts: Duration) -> Self {
        let (role, holder) = (role.to_owned(), holder.to_owned());
        Self { store, role, holder, lasts, known: Mutex::default() }
    }

    /// How often to call [`Leases::hold`]: three times within a lease.
    pub fn renew_every(&self) -> Duration {
        self.lasts / 3
    }

    /// Makes the rows that a role over `partitions` needs; call it once, before `hold`.
    pub async fn prepare(&self, partitions: &[u8]) -> Result<(), StoreError> {
        let rows: Vec<lease::Model> = partitions
            .iter()
            .map(|partition| lease::Model {
                name: self.name(*partition),
                holder: String::new(),
                fencing: 0,
                expires_at: 0,
            })
            .collect();
        self.store.write(async |tx| tx.insert_new(&rows).await.map(drop)).await
    }

    /// Renews what is held and takes what is free among `partitions`; returns all that is held.
    pub async fn hold(&self, partitions: &[u8]) -> Result<Held, StoreError> {
        let now = sql::database_now(self.store.backend());
        let mut sql = Sql::new("UPDATE lease SET fencing = CASE WHEN holder = ");
        sql.bind(self.holder.clone()).text(" THEN fencing ELSE fencing + 1 END, holder = ");
        sql.bind(self.holder.clone()).text(&format!(", expires_at = {now} + "));
        sql.bind(i64::try_from(self.lasts.as_millis()).unwrap_or(i64::MAX)).text(" WHERE name IN ");
        sql.list(partitions.iter().map(|partition| self.name(*partition)));
        sql.text(" AND (holder = ").bind(self.holder.clone());
        sql.text(&format!(" OR expires_at < {now}) RETURNING name, fencing"));
        let statement = sql.statement(self.store.backend());
        let rows = self
            .store
            .write(async |tx| tx.query_all_raw(statement).await.map_err(StoreError::from))
            .await?;
        let mut held = Held::new();
        for row in rows {
            let name: String = row.try_get("", "name")?;
            let partition = name.rsplit('/').next().and_then(|last| last.parse().ok());
            let partition =
                partition.ok_or_else(|| StoreError::Defect(format!("a lease is named {name}")))?;
            held.insert(partition, row.try_get("", "fencing")?);
        }
        self.count_taken(&held);
        Ok(held)
    }

    /// The first holder of a lease has the fencing number 1, and takes it from nobody.
    fn count_taken(&self, held: &Held) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let new = |(partition, fencing): &(&u8, &i64)| known.get(*partition) != Some(*fencing);
        let taken = held.iter().filter(new).filter(|(_, fencing)| **fencing > 1).count();
        metrics::OUTBOX_LEASES_TAKEN.add(taken as u64, &attributes(self.store.service()));
        known.clone_from(held);
    }

    /// Whether the lease of every partition is held, by whomever.
    pub async fn all_held(&self) -> Result<bool, OutboxError> {
        let backend = self.store.backend();
        let mut sql = Sql::new("SELECT COUNT(*) AS held FROM lease WHERE name LIKE ");
        sql.bind(format!("{}/%", self.role)).text(" AND expires_at >= ");
        sql.text(sql::database_now(backend));
        let row = self.store.reader().query_one_raw(sql.statement(backend)).await?;
        let held: Option<i64> = row.map(|row| row.try_get("", "held")).transpose()?;
        Ok(held == Some(i64::from(PARTITIONS)))
    }

    /// Gives back what is held, so that another need not wait for the end of the lease.
    pub async fn release(&self) -> Result<(), StoreError> {
        let mut sql = Sql::new("UPDATE lease SET expires_at = 0 WHERE holder = ");
        sql.bind(self.holder.clone()).text(" AND name LIKE ").bind(format!("{}/%", self.role));
        let statement = sql.statement(self.store.backend());
        self.store
            .write(async |tx| tx.execute_raw(statement).await.map_err(StoreError::from))
            .await?;
        Ok(())
    }

    fn name(&self, partition: u8) -> String {
        format!("{}/{partition:02}", self.role)
    }
}

/// Frees every lease in `store`, which belongs to this process alone, as a data folder does: whoever holds
/// them was killed, and nobody need wait for their end.
pub async fn free_leases(store: &Store) -> Result<(), StoreError> {
    let mut sql = Sql::new("UPDATE lease SET expires_at = 0 WHERE expires_at > ");
    sql.bind(0_i64);
    let statement = sql.statement(store.backend());
    store.write(async |tx| tx.execute_raw(statement).await.map_err(StoreError::from)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use kefu_kernel::Ambient;
    use kefu_store::StoreConfig;

    use super::*;
    use crate::tables::MIGRATIONS;

    #[tokio::test]
    async fn what_a_killed_process_held_is_free_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/tickets.db", folder.path().display());
        let store = Store::open(StoreConfig::new("tickets", url), Ambient::system()).await.unwrap();
        store.migrate(MIGRATIONS).await.unwrap();
        let of = |holder| Leases::new(store.clone(), "relay", holder, Duration::from_secs(3_600));
        let (killed, next) = (of("killed"), of("next"));
        killed.prepare(&ALL).await.unwrap();
        let before = killed.hold(&ALL).await.unwrap();
        assert!(next.hold(&ALL).await.unwrap().is_empty(), "they are another's");
        free_leases(&store).await.unwrap();
        let held = next.hold(&ALL).await.unwrap();
        let raised = |(partition, fencing): (&u8, &i64)| held[partition] == fencing + 1;
        assert!(held.len() == ALL.len() && before.iter().all(raised), "{held:?}");
        store.close().await;
    }
}
