//! The one follower of a kind's changes, and the batches that it fans out.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures::Stream;
use kefu_api_events::{Facts, Step};
use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Recorded, Scope};
use kefu_store::page::List;
use kefu_store::{Store, Topic, ids_in, in_sight};
use sea_orm::{EntityTrait, ModelTrait, QueryFilter, QueryTrait};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::watcher::Watcher;
use super::{Told, WatchError, Watched};
use crate::{OutboxError, Positions, changes, cursor};

/// Batches that wait for the slowest watcher.
const BUFFER: usize = 256;
/// Events read at a time.
const BATCH: usize = 500;

/// The changes of one kind of things, for all who watch them. Cheap to clone.
#[derive(Clone)]
pub struct Feed<M> {
    store: Store,
    batches: broadcast::Sender<Arc<Batch<M>>>,
}

/// Events in order of position within each partition, with the rows as they are after them.
pub(super) struct Batch<M> {
    /// The events of the kind, and others, for their positions.
    pub events: Vec<Recorded>,
    /// Rows by id.
    pub rows: HashMap<Uuid, M>,
    /// The branches, or none, that things were taken from by these events.
    pub left: HashMap<Uuid, Vec<Option<Uuid>>>,
}

impl<M: Watched> Feed<M> {
    /// The changes in `store`'s log. A service runs it with `.task("…", move |cancel| feed.clone().run(cancel))`.
    pub fn new(store: Store) -> Self {
        Self { store, batches: broadcast::Sender::new(BUFFER) }
    }

    /// Follows the log until `cancel`.
    pub async fn run(self, cancel: CancellationToken) -> Result<(), OutboxError> {
        let mut numbered = self.store.committed(Topic::Positions);
        let mut after = now(&self.store).await?;
        while cancel.run_until_cancelled(numbered.wait()).await.is_some() {
            loop {
                let batch = read(&self.store, &mut after).await?;
                if batch.events.is_empty() {
                    break;
                }
                // Nobody watching is no error.
                let _ = self.batches.send(Arc::new(batch));
            }
        }
        Ok(())
    }

    /// What `list` holds within `scope`, from `cursor` on; where that is empty, its first page is told
    /// before. The list is made of the request's filter and the snapshot's size, and goes by no token.
    ///
    /// # Errors
    ///
    /// A cursor that is none, or older than what the log keeps; the database.
    pub async fn watch(
        &self,
        scope: &Scope,
        list: &List<'_>,
        cursor: &str,
    ) -> Result<impl Stream<Item = Result<Told<M>, WatchError>> + Send + 'static + use<M>, WatchError>
    {
        // First followed, then read: what happens in between comes as a change.
        let live = self.batches.subscribe();
        let (after, snapshot) = if cursor.is_empty() {
            let after = now(&self.store).await?;
            let mut select = M::Entity::find().filter(in_sight(scope, M::BRANCH));
            list.apply(QueryTrait::query(&mut select));
            (after, Some(list.page(select.all(self.store.reader()).await?)))
        } else {
            let after = cursor::decode(cursor).ok_or(WatchError::CursorInvalid)?;
            check_kept(&self.store, &after).await?;
            (after, None)
        };
        let filter = list.filter().clone();
        let watcher =
            Watcher::new(self.store.clone(), scope.clone(), filter, live, after, snapshot);
        Ok(futures::stream::try_unfold(watcher, |mut watcher| async move {
            let told = watcher.next().await?;
            Ok(Some((told, watcher)))
        }))
    }
}

/// The end of the log.
async fn now(store: &Store) -> Result<Positions, OutboxError> {
    let mut after = changes::beginning();
    after.extend(changes::heads(store).await?.numbered);
    Ok(after)
}

/// Refuses a place after which events are no longer kept.
pub(super) async fn check_kept(store: &Store, after: &Positions) -> Result<(), WatchError> {
    let dropped = changes::dropped(store).await?;
    let gone = |(partition, gone): (&u8, &i64)| after.get(partition).is_some_and(|at| at < gone);
    if dropped.iter().any(gone) { Err(WatchError::CursorDropped) } else { Ok(()) }
}

/// The next batch after `after`, which moves on with it; empty at the end of the log.
pub(super) async fn read<M: Watched>(
    store: &Store,
    after: &mut Positions,
) -> Result<Batch<M>, OutboxError> {
    let events = changes::list(store, after, BATCH).await?;
    let mut ids = BTreeSet::new();
    let mut left: HashMap<Uuid, Vec<Option<Uuid>>> = HashMap::new();
    for event in &events {
        after.insert(event.partition, event.position);
        if event.aggregate_type == M::KIND {
            ids.insert(event.aggregate_id);
            if let Some(branch) = left_by::<M::Facts>(event) {
                left.entry(event.aggregate_id).or_default().push(branch);
            }
        }
    }
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut rows = HashMap::new();
    if !ids.is_empty() {
        let found = <M as ModelTrait>::Entity::find().filter(ids_in(M::ID, &ids));
        rows.extend(found.all(store.reader()).await?.into_iter().map(|row| (row.id(), row)));
    }
    Ok(Batch { events, rows, left })
}

/// The branch, or none, that an event took its thing from.
fn left_by<F: Facts>(event: &Recorded) -> Option<Option<Uuid>> {
    if event.version == 1 || !event.changed.iter().any(|field| field == "branch_id") {
        return None;
    }
    let before = Step::<F>::read(&event.payload).ok()?.before?;
    Some(before.text("branch_id").and_then(|text| id::split(&text)).map(|(_, uuid)| uuid))
}
