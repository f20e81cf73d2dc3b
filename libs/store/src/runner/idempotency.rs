//! Forgetting stored replies when their time is over.

use std::time::Duration;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::tables::idempotency::{Column, Entity};
use crate::{Store, StoreError, WriteTx};

/// How long a stored reply answers repeats, by the machine clock.
pub const KEPT: Duration = Duration::from_secs(72 * 3_600);
/// How many are deleted in one transaction.
const CHUNK: u64 = 1_000;

impl Store {
    /// Deletes stored replies older than 72 hours, in small transactions; tells how many. For a job
    /// that runs now and then.
    pub async fn purge_replies(&self) -> Result<u64, StoreError> {
        let before = self.ambient().machine_now().minus(KEPT).as_millis();
        let mut purged = 0;
        loop {
            let old: Vec<(String, String, String)> = Entity::find()
                .select_only()
                .columns([Column::Principal, Column::Rpc, Column::RequestId])
                .filter(Column::CreatedAt.lt(before))
                .order_by_asc(Column::CreatedAt)
                .limit(CHUNK)
                .into_tuple()
                .all(self.reader())
                .await?;
            purged += self.write(async |tx: &WriteTx| tx.delete::<Entity>(&old).await).await?;
            if (old.len() as u64) < CHUNK {
                return Ok(purged);
            }
        }
    }
}
