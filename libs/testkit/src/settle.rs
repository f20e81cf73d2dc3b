//! When everything that calls have set in motion has come to rest: fired, numbered, published, folded.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kefu_kernel::Timestamp;
use kefu_outbox::changes::{self, Positions};
use kefu_outbox::live_generation;
use kefu_outbox::tables::{checkpoint, dead_letter, parked};
use kefu_runtime::Running;
use kefu_store::Store;
use kefu_store::tables::{event_pending, outgoing, timer};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

/// How often it is looked whether everything is at rest, and how often at most.
const LOOK_EVERY: Duration = Duration::from_millis(4);
const LOOKS: u32 = 10_000;

/// A service that is looked at.
#[derive(Clone)]
pub struct Looked {
    /// Its name.
    pub service: String,
    /// Its database.
    pub store: Store,
    /// Its projections, and whose events they are folded from; none: those that its checkpoints name,
    /// where it runs in another process.
    pub projections: Option<Vec<(String, String)>>,
}

/// The services that run in this process.
pub fn all(running: &Running) -> Vec<Looked> {
    let looked = running.services().iter().map(|(service, hosted)| {
        let projections = hosted.projections.iter();
        let named = projections.map(|(name, source)| ((*name).to_owned(), (*source).to_owned()));
        let (service, store) = ((*service).to_owned(), hosted.store.clone());
        Looked { service, store, projections: Some(named.collect()) }
    });
    looked.collect()
}

/// Waits until everything that was set in motion has come to rest; panics with what is left.
pub async fn settled(services: &[Looked], now: impl Fn() -> Timestamp) {
    let mut left = None;
    for _ in 0..LOOKS {
        left = unsettled(services, now()).await.expect("the databases answer");
        if left.is_none() {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    panic!("this does not come to rest: {}", left.unwrap_or_default());
}

/// What is still under way, in words; none: all is at rest. Causes are looked at before what they
/// cause, so that nothing slips from one place to another unseen.
async fn unsettled(services: &[Looked], now: Timestamp) -> anyhow::Result<Option<String>> {
    for Looked { service, store, .. } in services {
        if let Some(what) = undone(store, now).await? {
            return Ok(Some(format!("{service}: {what}")));
        }
    }
    let mut heads = BTreeMap::new();
    for Looked { service, store, .. } in services {
        if event_pending::Entity::find().count(store.reader()).await? > 0 {
            return Ok(Some(format!("{service}: events without a position")));
        }
        let reached = changes::heads(store).await?;
        if reached.published != reached.numbered {
            return Ok(Some(format!("{service}: events that are not published")));
        }
        heads.insert(service.as_str(), reached.numbered);
    }
    for Looked { service, store, projections } in services {
        let named = match projections {
            Some(named) => named.iter().cloned().collect(),
            None => named_by_checkpoints(store).await?,
        };
        for (projection, source) in &named {
            let Some(head) = heads.get(source.as_str()) else { continue };
            let folded = folded(store, projection, source).await?;
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

/// A consumer makes its checkpoints before it folds anything.
async fn named_by_checkpoints(store: &Store) -> anyhow::Result<BTreeSet<(String, String)>> {
    let rows = checkpoint::Entity::find().all(store.reader()).await?;
    let named = rows.into_iter().filter_map(|row| {
        let (projection, _generation) = row.consumer.split_once('@')?;
        Some((projection.to_owned(), row.source))
    });
    Ok(named.collect())
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
pub async fn set_aside(services: &[Looked]) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for Looked { service, store, .. } in services {
        for letter in dead_letter::Entity::find().all(store.reader()).await? {
            let (consumer, source, at) = (letter.consumer, letter.source, letter.position);
            found.push(format!("{service}: {consumer}, {source} at {at}: {}", letter.error));
        }
        for event in parked::Entity::find().all(store.reader()).await? {
            let (consumer, source, at) = (event.consumer, event.source, event.position);
            found.push(format!("{service}: {consumer} waits with {source} at {at}"));
        }
    }
    Ok(found)
}
