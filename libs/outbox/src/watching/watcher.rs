//! One watcher: what it has seen, and what it is told next.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use kefu_kernel::Scope;
use kefu_kernel::id::Uuid;
use kefu_store::Store;
use kefu_store::filter::Filter;
use kefu_store::page::Page;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::feed::{Batch, check_kept, read};
use super::{Told, WatchError, Watched, What};
use crate::{Positions, cursor};

/// How often a sign of life is sent where nothing happens.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) struct Watcher<M> {
    store: Store,
    scope: Scope,
    filter: Filter,
    live: Receiver<Arc<Batch<M>>>,
    after: Positions,
    /// Whether the log is still read from the caller's cursor.
    behind: bool,
    ready: VecDeque<Told<M>>,
}

impl<M: Watched> Watcher<M> {
    /// A watcher of what comes after `after`; it is told the `snapshot` first, where there is one, and else
    /// begins with what the log has.
    pub fn new(
        store: Store,
        scope: Scope,
        filter: Filter,
        live: Receiver<Arc<Batch<M>>>,
        after: Positions,
        snapshot: Option<Page<M>>,
    ) -> Self {
        let behind = snapshot.is_none();
        let mut ready = VecDeque::new();
        if let Some(page) = snapshot {
            let count = i32::try_from(page.rows.len()).unwrap_or(i32::MAX);
            let one = |row| Told { cursor: String::new(), what: What::Snapshot(row) };
            ready.extend(page.rows.into_iter().map(one));
            let what = What::SnapshotEnd { count, truncated: !page.next_page_token.is_empty() };
            ready.push_back(Told { cursor: cursor::encode(&after), what });
        }
        Self { store, scope, filter, live, after, behind, ready }
    }

    /// What it is told next.
    pub async fn next(&mut self) -> Result<Told<M>, WatchError> {
        loop {
            if let Some(told) = self.ready.pop_front() {
                return Ok(told);
            }
            if self.behind {
                self.catch_up().await?;
                continue;
            }
            match tokio::time::timeout(HEARTBEAT, self.live.recv()).await {
                Ok(Ok(batch)) => {
                    let types = self.take(&batch);
                    self.tell(&batch, types);
                }
                Ok(Err(RecvError::Lagged(_))) => return Err(WatchError::TooSlow),
                // The follower is being made anew: go on from the log.
                Ok(Err(RecvError::Closed)) => self.behind = true,
                Err(_) => {
                    let what = What::Heartbeat(self.store.ambient().now());
                    return Ok(Told { cursor: cursor::encode(&self.after), what });
                }
            }
        }
    }

    /// Takes the next events from the log. What is dropped before it was read is a gap, and is told as one.
    async fn catch_up(&mut self) -> Result<(), WatchError> {
        let from = self.after.clone();
        let batch = read(&self.store, &mut self.after).await?;
        check_kept(&self.store, &from).await?;
        self.behind = !batch.events.is_empty();
        let types = batch.events.iter().map(|event| (event.aggregate_id, event.name()));
        let types = types.map(|(id, name)| (id, name.to_owned())).collect();
        self.tell(&batch, types);
        Ok(())
    }

    /// The batch's events that this watcher has not seen yet.
    fn take(&mut self, batch: &Batch<M>) -> Vec<(Uuid, String)> {
        let mut new = Vec::new();
        for event in &batch.events {
            let seen = self.after.entry(event.partition).or_default();
            if event.position > *seen {
                // Positions are gapless; one further on means that the log has more than was fanned out.
                self.behind |= event.position > *seen + 1;
                if self.behind {
                    return Vec::new();
                }
                *seen = event.position;
                new.push((event.aggregate_id, event.name().to_owned()));
            }
        }
        new
    }

    /// Tells of each thing once, whatever happened to it.
    fn tell(&mut self, batch: &Batch<M>, events: Vec<(Uuid, String)>) {
        let mut told: Vec<(Uuid, Vec<String>)> = Vec::new();
        for (id, name) in events {
            match told.iter_mut().find(|(known, _)| *known == id) {
                Some((_, names)) => names.push(name),
                None => told.push((id, vec![name])),
            }
        }
        let cursor = cursor::encode(&self.after);
        for (id, types) in told {
            let Some(row) = batch.rows.get(&id) else { continue };
            let seen = self.scope.admits(row.branch());
            let what = if seen && self.filter.matches(row) {
                What::Change { row: row.clone(), types }
            } else if seen || self.saw(batch, id) {
                What::Gone(id)
            } else {
                continue;
            };
            self.ready.push_back(Told { cursor: cursor.clone(), what });
        }
    }

    /// Whether a thing was in sight before the batch's events took it elsewhere.
    fn saw(&self, batch: &Batch<M>, id: Uuid) -> bool {
        let left = batch.left.get(&id);
        left.is_some_and(|left| left.iter().any(|branch| self.scope.admits(*branch)))
    }
}
