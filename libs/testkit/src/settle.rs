//! When everything that calls have set in motion has come to rest: fired, numbered, published, folded.

use std::collections::BTreeMap;

use kefu_kernel::Timestamp;
use kefu_outbox::changes::{self, Positions};
use kefu_outbox::live_generation;
use kefu_outbox::tables::{checkpoint, dead_letter, parked};
use kefu_runtime::Running;
use kefu_store::Store;
use kefu_store::tables::{event_pending, outgoing, timer};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

/// What is still under way, in words; none: all is at rest. Causes are looked at before what they
/// cause, so that nothing slips from one place to another unseen.
pub async fn unsettled(running: &Running, now: Timestamp) -> anyhow::Result<Option<String>> {
    for (service, hosted) in running.services() {
        if let Some(what) = undone(&hosted.store, now).await? {
            return Ok(Some(format!("{service}: {what}")));
        }
    }
    let mut heads = BTreeMap::new();
    for (service, hosted) in running.services() {
        if event_pending::Entity::find().count(hosted.store.reader()).await? > 0 {
            return Ok(Some(format!("{service}: events without a position")));
        }
        let reached = changes::heads(&hosted.store).await?;
        if reached.published != reached.numbered {
            return Ok(Some(format!("{service}: events that are not published")));
        }
        heads.insert(*service, reached.numbered);
    }
    for (service, hosted) in running.services() {
        for (projection, source) in &hosted.projections {
            let Some(head) = heads.get(source) else { continue };
            let folded = folded(&hosted.store, projection, source).await?;
            let missing = |(partition, position): (&u8, &i64)| {
                *position > folded.get(partition).copied().unwrap_or_default()
            };
            if head.iter().any(missing) {
                let what = format!("{projection} is at {folded:?} of {head:?} of {source}");
                return Ok(Some(format!("{service}: {what}")));
            }
        }
    }
    Ok(None)
}

/// Timers that are due, and commands to other services that are not answered.
async fn undone(store: &Store, now: Timestamp) -> anyhow::Result<Option<String>> {
    let due = timer::Entity::find().filter(timer::Column::DueAt.lte(now.as_millis()));
    if let Some(due) = due.one(store.reader()).await? {
        let (kind, id) = (due.kind, due.aggregate_id);
        return Ok(Some(format!("the timer {kind} of {id}, claimed {} times", due.attempts)));
    }
    let waiting = outgoing::Entity::find().filter(outgoing::Column::State.eq(0));
    let waiting = waiting.one(store.reader()).await?;
    Ok(waiting.map(|command| format!("{} to {}", command.rpc, command.target)))
}

async fn folded(store: &Store, projection: &str, source: &str) -> anyhow::Result<Positions> {
    let live = live_generation(store, projection).await?;
    let rows = checkpoint::Entity::find()
        .filter(checkpoint::Column::Consumer.eq(format!("{projection}@{live}")))
        .filter(checkpoint::Column::Source.eq(source))
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(|row| (row.partition.unsigned_abs() as u8, row.position)).collect())
}

/// Every event that could not be folded, in words.
pub async fn set_aside(running: &Running) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for (service, hosted) in running.services() {
        for letter in dead_letter::Entity::find().all(hosted.store.reader()).await? {
            let (consumer, source, at) = (letter.consumer, letter.source, letter.position);
            found.push(format!("{service}: {consumer}, {source} at {at}: {}", letter.error));
        }
        for event in parked::Entity::find().all(hosted.store.reader()).await? {
            let (consumer, source, at) = (event.consumer, event.source, event.position);
            found.push(format!("{service}: {consumer} waits with {source} at {at}"));
        }
    }
    Ok(found)
}
