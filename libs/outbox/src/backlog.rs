//! What waits in the log: how many events have no position yet, and how old the oldest is that the bus
//! has not acknowledged.

use kefu_kernel::Timestamp;
use kefu_store::Store;
use kefu_telemetry::metrics;
use sea_orm::ConnectionTrait;

use crate::lease::Held;
use crate::sql::Sql;
use crate::{OutboxError, attributes};

/// Measures the partitions held; the other ones are measured by those who hold them.
pub async fn measure(store: &Store, held: &Held) -> Result<(), OutboxError> {
    let (pending, oldest) = if held.is_empty() { (0, None) } else { look(store, held).await? };
    let now = store.ambient().now();
    let age = oldest.map_or(0.0, |oldest| now.since(oldest).as_secs_f64());
    metrics::OUTBOX_PENDING.set(pending as f64, &attributes(store.service()));
    metrics::OUTBOX_OLDEST_AGE.set(age, &attributes(store.service()));
    Ok(())
}

/// How many events wait for a position, and when the oldest unpublished one was recorded.
pub async fn look(store: &Store, held: &Held) -> Result<(i64, Option<Timestamp>), OutboxError> {
    let mut sql =
        Sql::new("SELECT COUNT(*) AS waiting, MIN(recorded_at) AS oldest FROM event_pending");
    sql.text(" WHERE partition IN ").list(held.keys().map(|partition| i16::from(*partition)));
    let (waiting, unnumbered) = counted(store, sql).await?;
    // The first unpublished event of a partition is its oldest.
    let mut sql = Sql::new(
        "SELECT COUNT(*) AS waiting, MIN(p.recorded_at) AS oldest FROM partition_head h \
         JOIN event_position p ON p.partition = h.partition AND p.position = h.published + 1 \
         WHERE h.partition IN ",
    );
    sql.list(held.keys().map(|partition| i16::from(*partition)));
    let (_, unpublished) = counted(store, sql).await?;
    let oldest = unnumbered.into_iter().chain(unpublished).min();
    Ok((waiting, oldest.map(Timestamp::from_millis)))
}

async fn counted(store: &Store, sql: Sql) -> Result<(i64, Option<i64>), OutboxError> {
    let row = store.reader().query_one_raw(sql.statement(store.backend())).await?;
    let Some(row) = row else { return Ok((0, None)) };
    Ok((row.try_get("", "waiting")?, row.try_get("", "oldest")?))
}
