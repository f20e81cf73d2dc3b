//! Giving committed events their place: a gapless position per partition, with the chained hash.
//!
//! Positions are not given in the transaction that records the event: transactions commit in another
//! order than they begin, and a reader that has passed a position would never see a late one. The
//! lease holder numbers what is committed. Events of one aggregate wait in the order of their versions
//! (their times never go back), so positions follow versions.

use std::collections::BTreeMap;

use kefu_kernel::PARTITIONS;
use kefu_store::tables::{event_pending, event_position, partition_head};
use kefu_store::{Store, Topic, WriteTx};
use ring::digest::{Context, SHA256};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter};
use uuid::Uuid;

use crate::OutboxError;
use crate::lease::Held;
use crate::sql::Sql;

/// What numbers one window.
#[derive(Debug, FromQueryResult)]
struct Waiting {
    partition: i16,
    recorded_at: i64,
    version: i64,
    event_id: Uuid,
    hash: Vec<u8>,
}

/// The chained hash after an event: SHA-256 over the chain value before it and the event's own hash.
/// Before the first event the chain value is empty.
pub fn chained(before: &[u8], event_hash: &[u8]) -> Vec<u8> {
    let mut digest = Context::new(&SHA256);
    digest.update(before);
    digest.update(event_hash);
    digest.finish().as_ref().to_vec()
}

/// Makes the heads of all partitions; call it once, before [`number`].
pub async fn prepare(store: &Store) -> Result<(), OutboxError> {
    let heads: Vec<partition_head::Model> = (0..PARTITIONS)
        .map(|partition| partition_head::Model {
            partition: i16::from(partition),
            position: 0,
            chain: Vec::new(),
            published: 0,
            fencing: 0,
        })
        .collect();
    Ok(store.write(async |tx| tx.insert_new(&heads).await.map(drop)).await?)
}

/// Numbers at most `window` events of the partitions held; returns how many. Refused with
/// [`OutboxError::Fenced`] where another holder was here.
pub async fn number(store: &Store, held: &Held, window: usize) -> Result<usize, OutboxError> {
    if held.is_empty() || !anything_waits(store).await? {
        return Ok(0);
    }
    store
        .write(async |tx| {
            let waiting = waiting(tx, held, window).await?;
            if waiting.is_empty() {
                return Ok(0);
            }
            let count = waiting.len();
            place(tx, held, waiting).await?;
            tx.wakes(Topic::Positions);
            Ok(count)
        })
        .await
}

/// A look without a write transaction: an idle relay must not take the writer's turn.
async fn anything_waits(store: &Store) -> Result<bool, OutboxError> {
    use sea_orm::QuerySelect;
    let first = event_pending::Entity::find()
        .select_only()
        .column(event_pending::Column::Partition)
        .limit(1)
        .into_tuple::<i16>()
        .one(store.reader())
        .await?;
    Ok(first.is_some())
}

async fn waiting(tx: &WriteTx, held: &Held, window: usize) -> Result<Vec<Waiting>, OutboxError> {
    let mut sql = Sql::new(
        "SELECT p.partition, p.recorded_at, p.version, p.event_id, e.hash FROM event_pending p \
         JOIN event e ON e.event_id = p.event_id AND e.recorded_at = p.recorded_at",
    );
    if held.len() < usize::from(PARTITIONS) {
        sql.text(" WHERE p.partition IN ").list(held.keys().map(|partition| i16::from(*partition)));
    }
    sql.text(" ORDER BY p.partition, p.recorded_at, p.version, p.event_id LIMIT ");
    sql.bind(i64::try_from(window).unwrap_or(i64::MAX));
    let rows = tx.query_all_raw(sql.statement(tx.get_database_backend())).await?;
    rows.iter().map(|row| Waiting::from_query_result(row, "").map_err(OutboxError::from)).collect()
}

async fn place(tx: &WriteTx, held: &Held, waiting: Vec<Waiting>) -> Result<(), OutboxError> {
    let touched: Vec<i16> = {
        let mut all: Vec<i16> = waiting.iter().map(|event| event.partition).collect();
        all.dedup();
        all
    };
    let heads = partition_head::Entity::find()
        .filter(partition_head::Column::Partition.is_in(touched))
        .all(tx)
        .await?;
    let mut heads: BTreeMap<i16, (i64, partition_head::Model)> =
        heads.into_iter().map(|head| (head.partition, (head.position, head))).collect();
    let mut positions = Vec::with_capacity(waiting.len());
    let mut numbered = Vec::with_capacity(waiting.len());
    for event in waiting {
        let (_, head) = heads.get_mut(&event.partition).ok_or_else(|| {
            OutboxError::Broken(format!("partition {} has no head", event.partition))
        })?;
        head.position += 1;
        head.chain = chained(&head.chain, &event.hash);
        positions.push(event_position::Model {
            partition: event.partition,
            position: head.position,
            event_id: event.event_id,
            recorded_at: event.recorded_at,
            chain: head.chain.clone(),
        });
        numbered.push((event.partition, event.recorded_at, event.version, event.event_id));
    }
    tx.insert(&positions).await?;
    tx.delete::<event_pending::Entity>(&numbered).await?;
    move_heads(tx, held, heads.into_values().collect()).await
}

/// Writes the heads where nobody with a higher fencing number was there, and nobody else numbered.
async fn move_heads(
    tx: &WriteTx,
    held: &Held,
    heads: Vec<(i64, partition_head::Model)>,
) -> Result<(), OutboxError> {
    let count = heads.len() as u64;
    let rows = heads
        .into_iter()
        .map(|(before, head)| {
            let fencing = u8::try_from(head.partition).ok().and_then(|own| held.get(&own).copied());
            let fencing = fencing.ok_or(OutboxError::Fenced)?;
            Ok(vec![
                head.partition.into(),
                before.into(),
                head.position.into(),
                head.chain.into(),
                fencing.into(),
            ])
        })
        .collect::<Result<Vec<_>, OutboxError>>()?;
    let backend = tx.get_database_backend();
    let mut sql = Sql::new(
        "UPDATE partition_head SET position = n.column3, chain = n.column4, fencing = n.column5 FROM ",
    );
    sql.rows(rows, &["int2", "int8", "int8", "bytea", "int8"], backend);
    sql.text(
        " WHERE partition_head.partition = n.column1 AND partition_head.position = n.column2 \
         AND partition_head.fencing <= n.column5",
    );
    let moved = tx.execute_raw(sql.statement(backend)).await?.rows_affected();
    if moved == count { Ok(()) } else { Err(OutboxError::Fenced) }
}
