//! One follower of the own log per process, fanned out to all who watch tickets.
//!
//! The rows of changed tickets are read once per batch, whoever watches. The buffer is bounded: a
//! watcher that reads too slowly is cut, and goes on from its cursor.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use kefu_api_events::TicketStep;
use kefu_kernel::Recorded;
use kefu_kernel::id::{self, Uuid};
use kefu_outbox::{OutboxError, Positions, changes};
use kefu_store::runner::ids_in;
use kefu_store::{Store, Topic};
use sea_orm::EntityTrait;
use sea_orm::QueryFilter;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::store::ticket;

/// Batches that wait for the slowest watcher.
const BUFFER: usize = 256;
/// Events read at a time.
const BATCH: usize = 500;

/// Events in order of position within each partition, with the tickets' rows as they are after them.
#[derive(Debug)]
pub struct Batch {
    /// The events of tickets, and others, for their positions.
    pub events: Vec<Recorded>,
    /// Rows by ticket.
    pub tickets: HashMap<Uuid, ticket::Model>,
    /// The branches, or none, that tickets were taken from by these events.
    pub left: HashMap<Uuid, Vec<Option<Uuid>>>,
}

/// The follower and its watchers. Cheap to clone.
#[derive(Clone)]
pub struct Changes {
    store: Store,
    batches: broadcast::Sender<Arc<Batch>>,
}

impl Changes {
    /// The changes of `store`'s tickets.
    pub fn new(store: Store) -> Self {
        Self { store, batches: broadcast::Sender::new(BUFFER) }
    }

    /// Every batch from now on.
    pub fn follow(&self) -> broadcast::Receiver<Arc<Batch>> {
        self.batches.subscribe()
    }

    /// Follows the log until `cancel`.
    pub async fn run(self, cancel: CancellationToken) -> Result<(), OutboxError> {
        let mut numbered = self.store.committed(Topic::Positions);
        let mut after = changes::heads(&self.store).await?.numbered;
        after.extend(
            changes::beginning()
                .into_iter()
                .filter(|(p, _)| !after.contains_key(p))
                .collect::<Vec<_>>(),
        );
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
}

/// The next batch after `after`, which moves on with it; empty at the end of the log.
pub async fn read(store: &Store, after: &mut Positions) -> Result<Batch, OutboxError> {
    let events = changes::list(store, after, BATCH).await?;
    let mut ids = BTreeSet::new();
    let mut left: HashMap<Uuid, Vec<Option<Uuid>>> = HashMap::new();
    for event in &events {
        after.insert(event.partition, event.position);
        if event.aggregate_type == "ticket" {
            ids.insert(event.aggregate_id);
            if let Some(branch) = left_by(event) {
                left.entry(event.aggregate_id).or_default().push(branch);
            }
        }
    }
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut tickets = HashMap::new();
    if !ids.is_empty() {
        let found = ticket::Entity::find().filter(ids_in(ticket::Column::Id, &ids));
        for row in found.all(store.reader()).await? {
            tickets.insert(row.id, row);
        }
    }
    Ok(Batch { events, tickets, left })
}

/// The branch, or none, that an event took its ticket from.
fn left_by(event: &Recorded) -> Option<Option<Uuid>> {
    if event.version == 1 || !event.changed.iter().any(|field| field == "branch_id") {
        return None;
    }
    let before = TicketStep::read(&event.type_name, &event.payload).ok()?.before?;
    Some(id::split(&before.branch_id).map(|(_, uuid)| uuid))
}
