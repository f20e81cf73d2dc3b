//! What becomes of dead letters: listed, replayed or discarded by an operator.
//!
//! An operator only decides. The loop that holds the partition carries it out, because it alone may say
//! which events of the aggregate come after.

use std::collections::{BTreeSet, HashMap};

use kefu_kernel::Recorded;
use kefu_store::Store;
use kefu_store::runner::ids_in;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::fold::{Attempt, Folder};
use crate::sql::Sql;
use crate::tables::{dead_letter, decision, parked};
use crate::{OutboxError, folds, wire};

pub use crate::tables::dead_letter::Model as DeadLetter;

/// Dead letters in order of id (oldest first), after `after`, at most `limit`.
pub async fn list(
    store: &Store,
    projection: Option<&str>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<DeadLetter>, OutboxError> {
    let mut query = dead_letter::Entity::find().order_by_asc(dead_letter::Column::Id).limit(limit);
    if let Some(projection) = projection {
        let prefix = format!("{projection}@");
        query = query.filter(dead_letter::Column::Consumer.starts_with(prefix));
    }
    if let Some(after) = after {
        query = query.filter(dead_letter::Column::Id.gt(after));
    }
    Ok(query.all(store.reader()).await?)
}

/// The letters of these ids that are there.
pub async fn find(store: &Store, ids: &[Uuid]) -> Result<Vec<DeadLetter>, OutboxError> {
    let found = dead_letter::Entity::find().filter(dead_letter::Column::Id.is_in(ids.to_vec()));
    Ok(found.order_by_asc(dead_letter::Column::Id).all(store.reader()).await?)
}

/// How many events wait behind each of `letters`, in their order; one statement for all.
pub async fn parked_behind(store: &Store, letters: &[DeadLetter]) -> Result<Vec<u64>, OutboxError> {
    if letters.is_empty() {
        return Ok(Vec::new());
    }
    let consumers: BTreeSet<&str> = letters.iter().map(|letter| letter.consumer.as_str()).collect();
    let aggregates: Vec<Uuid> = letters.iter().map(|letter| letter.aggregate_id).collect();
    let counts: Vec<(String, Uuid, i64)> = parked::Entity::find()
        .select_only()
        .columns([parked::Column::Consumer, parked::Column::AggregateId])
        .column_as(parked::Column::Position.count(), "waiting")
        .filter(parked::Column::Consumer.is_in(consumers))
        .filter(ids_in(parked::Column::AggregateId, &aggregates))
        .group_by(parked::Column::Consumer)
        .group_by(parked::Column::AggregateId)
        .into_tuple()
        .all(store.reader())
        .await?;
    let counts: HashMap<(String, Uuid), i64> =
        counts.into_iter().map(|(consumer, id, count)| ((consumer, id), count)).collect();
    let behind = |letter: &DeadLetter| {
        let count = counts.get(&(letter.consumer.clone(), letter.aggregate_id));
        count.and_then(|count| u64::try_from(*count).ok()).unwrap_or(0)
    };
    Ok(letters.iter().map(behind).collect())
}

/// A letter with the decision about it that is to be carried out next.
struct Decided {
    letter: DeadLetter,
    action: i16,
    decision: Uuid,
}

/// Carries out what operators have decided, for the partitions that `folder` holds.
pub(crate) async fn carry_out(folder: &mut Folder) -> Result<(), OutboxError> {
    let mut sql = Sql::new(
        "SELECT d.id AS decision, d.action AS action, l.* FROM dead_letter_decision d \
         JOIN dead_letter l ON l.id = d.letter WHERE l.consumer = ",
    );
    sql.bind(folder.consumer()).text(" ORDER BY d.id LIMIT 100");
    let statement = sql.statement(folder.store.backend());
    let mut done = BTreeSet::new();
    for row in folder.store.reader().query_all_raw(statement).await? {
        let decided = Decided {
            letter: DeadLetter::from_query_result(&row, "")?,
            action: row.try_get("", "action")?,
            decision: row.try_get("", "decision")?,
        };
        let partition = u8::try_from(decided.letter.partition);
        let own = partition.is_ok_and(|own| folder.partitions().contains(&own));
        // A further decision about the same letter is about what this one has left of it.
        if own && done.insert(decided.letter.id) {
            release(folder, decided).await?;
        }
    }
    Ok(())
}

/// Forgets decisions about letters that have gone, by an earlier decision or with their generation.
pub(crate) async fn forget_orphans(store: &Store) -> Result<(), OutboxError> {
    let sql = "DELETE FROM dead_letter_decision WHERE NOT EXISTS \
               (SELECT 1 FROM dead_letter l WHERE l.id = dead_letter_decision.letter)";
    let statement = Sql::new(sql).statement(store.backend());
    store
        .write(async |tx| tx.execute_raw(statement).await.map(drop).map_err(OutboxError::from))
        .await
}

/// One letter and all that waits behind it, in one transaction; where that fails, the letter waits
/// again with the new reason, or moves on to the event that failed behind it.
async fn release(folder: &mut Folder, decided: Decided) -> Result<(), OutboxError> {
    let Decided { letter, action, decision } = decided;
    let waiting = parked::Entity::find()
        .filter(parked::Column::Consumer.eq(&letter.consumer))
        .filter(parked::Column::AggregateId.eq(letter.aggregate_id))
        .order_by_asc(parked::Column::Position)
        .all(folder.store.reader())
        .await?;
    let mut events: Vec<Recorded> = Vec::with_capacity(waiting.len() + 1);
    if action == decision::REPLAY {
        events.push(wire::decode(&letter.event)?);
    }
    for row in &waiting {
        events.push(wire::decode(&row.event)?);
    }
    let keys: Vec<_> = waiting
        .iter()
        .map(|row| (row.consumer.clone(), row.source.clone(), row.partition, row.position))
        .collect();
    let id = letter.id;
    let now = folder.store.ambient().machine_now().as_millis();
    let done = folder
        .store
        .write(async |tx| {
            folder.check_generation(tx).await?;
            for event in &events {
                folder.fold_in(tx, std::slice::from_ref(event)).await?;
            }
            tx.delete::<parked::Entity>(&keys).await?;
            tx.delete::<dead_letter::Entity>(&[id]).await?;
            tx.delete::<decision::Entity>(&[decision]).await?;
            folds::mark(tx, &letter, now).await?;
            Ok(())
        })
        .await;
    match done {
        Ok(()) => {
            folder.unblock(letter.aggregate_id);
            Ok(())
        }
        Err(Attempt::Stop(error)) => Err(error),
        Err(Attempt::Poison(reason)) => {
            folder.block(letter.aggregate_id);
            let mut again = letter;
            again.attempts += 1;
            again.error = reason.chars().take(500).collect();
            again.failed_at = now;
            let rows = [again];
            folder
                .store
                .write(async |tx| {
                    tx.put(&rows).await?;
                    tx.delete::<decision::Entity>(&[decision]).await?;
                    Ok(())
                })
                .await
        }
    }
}
