//! What becomes of dead letters: listed, replayed or discarded by an operator.
//!
//! An operator only marks a letter. The loop that holds the partition carries it out, because it alone
//! may say which events of the aggregate come after.

use kefu_kernel::Recorded;
use kefu_store::Store;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::fold::{Attempt, Folder};
use crate::tables::{dead_letter, parked};
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

/// How many events wait behind each letter.
pub async fn parked_behind(store: &Store, letter: &DeadLetter) -> Result<u64, OutboxError> {
    use sea_orm::PaginatorTrait;
    let waiting = parked::Entity::find()
        .filter(parked::Column::Consumer.eq(&letter.consumer))
        .filter(parked::Column::AggregateId.eq(letter.aggregate_id));
    Ok(waiting.count(store.reader()).await?)
}

/// Marks letters to be folded again; returns those that were there.
pub async fn replay(store: &Store, ids: &[Uuid]) -> Result<Vec<DeadLetter>, OutboxError> {
    mark(store, ids, dead_letter::REPLAY).await
}

/// Marks a letter to be given up; returns it where it was there.
pub async fn discard(store: &Store, id: Uuid) -> Result<Option<DeadLetter>, OutboxError> {
    Ok(mark(store, &[id], dead_letter::DISCARD).await?.pop())
}

async fn mark(store: &Store, ids: &[Uuid], state: i16) -> Result<Vec<DeadLetter>, OutboxError> {
    let ids = ids.to_vec();
    store
        .write(async |tx| {
            let update = dead_letter::Entity::update_many()
                .col_expr(dead_letter::Column::State, Expr::value(state))
                .filter(dead_letter::Column::Id.is_in(ids.clone()))
                .build(tx.get_database_backend());
            tx.execute_raw(update).await?;
            let found = dead_letter::Entity::find().filter(dead_letter::Column::Id.is_in(ids));
            Ok(found.all(tx).await?)
        })
        .await
}

/// Carries out what operators have marked, for the partitions that `folder` holds.
pub(crate) async fn carry_out(folder: &mut Folder) -> Result<(), OutboxError> {
    let marked = dead_letter::Entity::find()
        .filter(dead_letter::Column::Consumer.eq(folder.consumer()))
        .filter(dead_letter::Column::State.ne(dead_letter::WAITING))
        .order_by_asc(dead_letter::Column::Id)
        .limit(100)
        .all(folder.store.reader())
        .await?;
    for letter in marked {
        let own = u8::try_from(letter.partition).is_ok_and(|p| folder.partitions().contains(&p));
        if own {
            release(folder, letter).await?;
        }
    }
    Ok(())
}

/// One letter and all that waits behind it, in one transaction; where that fails, the letter waits
/// again with the new reason, or moves on to the event that failed behind it.
async fn release(folder: &mut Folder, letter: DeadLetter) -> Result<(), OutboxError> {
    let waiting = parked::Entity::find()
        .filter(parked::Column::Consumer.eq(&letter.consumer))
        .filter(parked::Column::AggregateId.eq(letter.aggregate_id))
        .order_by_asc(parked::Column::Position)
        .all(folder.store.reader())
        .await?;
    let mut events: Vec<Recorded> = Vec::with_capacity(waiting.len() + 1);
    if letter.state == dead_letter::REPLAY {
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
            again.state = dead_letter::WAITING;
            again.attempts += 1;
            again.error = reason.chars().take(500).collect();
            again.failed_at = now;
            let rows = [again];
            Ok(folder.store.write(async |tx| tx.put(&rows).await).await?)
        }
    }
}
