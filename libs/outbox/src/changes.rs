//! Reading the log by position: what `ListChanges`, gaps, rebuilds, watchers and the relay share.

use std::collections::BTreeMap;

use kefu_kernel::{PARTITIONS, Recorded};
use kefu_store::Store;
use kefu_store::tables::{dropped_head, event, partition_head};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult};

use crate::OutboxError;
use crate::sql::Sql;

/// A place in each partition, by partition; one that is absent stands for 0, before its first event.
pub type Positions = BTreeMap<u8, i64>;

/// How far a log reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    /// The last position of each partition.
    pub numbered: Positions,
    /// The last position of each partition that the bus has acknowledged.
    pub published: Positions,
}

/// The events after `after`, at most `limit`, in order of position within each partition. Only the
/// partitions that `after` names are read.
pub async fn list(
    store: &Store,
    after: &Positions,
    limit: usize,
) -> Result<Vec<Recorded>, OutboxError> {
    if after.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut sql = select_events();
    sql.text(" FROM (");
    for (index, (partition, position)) in after.iter().enumerate() {
        if index > 0 {
            sql.text(" UNION ALL ");
        }
        // A branch per partition: each is one short walk along the primary key.
        sql.text(
            "SELECT * FROM (SELECT partition, position, event_id, recorded_at FROM event_position \
             WHERE partition = ",
        );
        sql.bind(i16::from(*partition)).text(" AND position > ").bind(*position);
        sql.text(" ORDER BY position LIMIT ").bind(limit).text(&format!(") AS p{index}"));
    }
    sql.text(
        ") AS p JOIN event e ON e.event_id = p.event_id AND e.recorded_at = p.recorded_at \
         ORDER BY p.partition, p.position LIMIT ",
    );
    sql.bind(limit);
    read_events(store, sql).await
}

/// How far the log reaches now.
pub async fn heads(store: &Store) -> Result<Heads, OutboxError> {
    let mut heads = Heads::default();
    for head in partition_head::Entity::find().all(store.reader()).await? {
        let partition = u8::try_from(head.partition).unwrap_or_default();
        heads.numbered.insert(partition, head.position);
        heads.published.insert(partition, head.published);
    }
    Ok(heads)
}

/// The last position of each partition that retention has dropped; absent where nothing was.
pub async fn dropped(store: &Store) -> Result<Positions, OutboxError> {
    let found = dropped_head::Entity::find().all(store.reader()).await?;
    let place =
        |head: dropped_head::Model| Some((u8::try_from(head.partition).ok()?, head.position));
    Ok(found.into_iter().filter_map(place).collect())
}

/// Before the first event of every partition.
pub fn beginning() -> Positions {
    (0..PARTITIONS).map(|partition| (partition, 0)).collect()
}

/// `SELECT` of everything that a recorded event needs, from `event e` and positions `p`.
pub(crate) fn select_events() -> Sql {
    Sql::new("SELECT p.position AS position, e.*")
}

pub(crate) async fn read_events(store: &Store, sql: Sql) -> Result<Vec<Recorded>, OutboxError> {
    let rows = store.reader().query_all_raw(sql.statement(store.backend())).await?;
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        let position: i64 = row.try_get("", "position")?;
        let event = event::Model::from_query_result(&row, "")?;
        events.push(event.recorded(store.service(), position));
    }
    Ok(events)
}
