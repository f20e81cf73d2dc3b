//! Writing a batch: one guarded statement per table, in one transaction.

use sea_orm::{ConnectionTrait, DbBackend};

use super::aggregate::State;
use super::batch::{Batch, Slot};
use super::reliance::Reliance;
use super::rows::{Rows, TableRows};
use crate::tables::{event, event_pending, natural_key, timer};
use crate::wake::Topic;
use crate::write::Verb;
use crate::{Store, StoreError, WriteTx};

/// Why a batch was not committed.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Another process changed what was loaded; nothing is wrong, decide again.
    Missed(Guard),
    /// The same request is under way in another process and did not end in time.
    InProgress,
    /// The database failed.
    Store(StoreError),
}

/// What stood in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// An aggregate's version, or a natural key.
    State,
    /// An idempotency key.
    Request,
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Commits what the accepted commands of a batch have staged.
pub(crate) async fn save(store: &Store, mut batch: Batch) -> Result<(), Trouble> {
    let mut months: Vec<_> = batch.events.iter().map(|event| event.recorded_at).collect();
    months.dedup();
    for recorded_at in months {
        // Without its month an event goes to the default partition.
        if let Err(error) = store.ensure_month(recorded_at).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(service = store.service(), error, "a month has no partition yet");
        }
    }
    let mut rows = std::mem::take(&mut batch.rows);
    // One order for all processes, here and in `write`, so that none waits for another in a circle.
    batch.replies.sort_by(|one, other| one.request_id.cmp(&other.request_id));
    batch.claims.sort_by(|one, other| (&one.kind, &one.key).cmp(&(&other.kind, &other.key)));
    let changed = |slot: &&Slot| version(&slot.loaded) != version(&slot.current);
    let mut slots: Vec<&Slot> = batch.slots.values().filter(changed).collect();
    slots.sort_by_key(|slot| slot.current.as_ref().map(|state| state.head.id));
    for slot in slots {
        if let Some(after) = &slot.current {
            slot.kind.rows(slot.loaded.as_ref(), after, &mut rows);
        }
    }
    later_rows(&batch, &mut rows);
    let relied_on = Reliance::of(&batch)?;
    let mut tables = rows.into_tables()?;
    store.write(async |tx: &WriteTx| write(tx, &batch, &mut tables, &relied_on).await).await
}

async fn write(
    tx: &WriteTx,
    batch: &Batch,
    tables: &mut [TableRows],
    relied_on: &[Reliance],
) -> Result<(), Trouble> {
    let replies = tx.insert_new(&batch.replies).await.map_err(|error| match error {
        StoreError::LockTimeout(_) if tx.get_database_backend() == DbBackend::Postgres => {
            Trouble::InProgress
        }
        other => other.into(),
    })?;
    all(replies, batch.replies.len(), Guard::Request)?;
    let releases: Vec<_> = batch.releases.iter().cloned().collect();
    tx.delete::<natural_key::Entity>(&releases).await?;
    let claims = tx.insert_new(&batch.claims).await?;
    all(claims, batch.claims.len(), Guard::State)?;
    tables.sort_by_key(|rows| rows.table.name);
    for rows in tables.iter_mut() {
        roots(tx, rows).await?;
    }
    for reliance in relied_on {
        if !reliance.holds(tx).await? {
            return Err(Trouble::Missed(Guard::State));
        }
    }
    for rows in tables.iter_mut() {
        tx.run(&rows.table, Verb::Delete, std::mem::take(&mut rows.delete)).await?;
        tx.run(&rows.table, Verb::Put, std::mem::take(&mut rows.put)).await?;
        tx.run(&rows.table, Verb::Insert, std::mem::take(&mut rows.insert)).await?;
    }
    for (any, topic) in [
        (!batch.events.is_empty(), Topic::Events),
        (!batch.timers.is_empty(), Topic::Timers),
        (!batch.outgoing.is_empty(), Topic::Outgoing),
    ] {
        if any {
            tx.wakes(topic);
        }
    }
    Ok(())
}

async fn roots(tx: &WriteTx, rows: &mut TableRows) -> Result<(), Trouble> {
    let (new, changed) = (rows.new_roots.len(), rows.changed_roots.len());
    let inserted =
        tx.run(&rows.table, Verb::InsertNew, std::mem::take(&mut rows.new_roots)).await?;
    all(inserted, new, Guard::State)?;
    let updated =
        tx.run(&rows.table, Verb::Update, std::mem::take(&mut rows.changed_roots)).await?;
    all(updated, changed, Guard::State)
}

fn all(hit: u64, wanted: usize, guard: Guard) -> Result<(), Trouble> {
    if hit == wanted as u64 { Ok(()) } else { Err(Trouble::Missed(guard)) }
}

fn version(state: &Option<State>) -> Option<i64> {
    state.as_ref().map(|state| state.head.version)
}

/// The rows of the event log, the timers and the outgoing commands.
fn later_rows(batch: &Batch, rows: &mut Rows) {
    for recorded in &batch.events {
        rows.insert(&event::Model::of(recorded));
        rows.insert(&event_pending::Model {
            partition: i16::from(recorded.partition),
            recorded_at: recorded.recorded_at.as_millis(),
            version: recorded.version,
            event_id: recorded.event_id,
        });
    }
    for changed in &batch.personal {
        rows.insert(changed);
    }
    for sent in &batch.outgoing {
        rows.insert(sent);
    }
    for ((kind, aggregate_id, name), due) in &batch.timers {
        match due {
            Some(due) => rows.put(&timer::Model {
                kind: (*kind).to_owned(),
                aggregate_id: *aggregate_id,
                name: name.clone(),
                due_at: due.as_millis(),
                claimed_until: 0,
                attempts: 0,
            }),
            None => rows.delete::<timer::Entity>(((*kind).to_owned(), *aggregate_id, name.clone())),
        }
    }
}
