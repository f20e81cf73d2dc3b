//! When API keys were last used: gathered in memory, to the hour, and written once a minute, so that a
//! call costs no write.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kefu_kernel::Timestamp;
use kefu_kernel::id::Uuid;
use kefu_store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::store::key;

const WRITE_EVERY: Duration = Duration::from_secs(60);
const HOUR_MS: i64 = 3_600_000;
/// Keys noted at most; more than are ever made by people.
const MOST: usize = 100_000;

/// The keys used since the last writing, and what was written of each.
#[derive(Default)]
pub struct Used {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    written: HashMap<Uuid, Timestamp>,
    waiting: HashMap<Uuid, Timestamp>,
}

impl Used {
    /// Notes that a key was used.
    pub fn note(&self, id: Uuid, at: Timestamp) {
        let hour = Timestamp::from_millis(at.as_millis().div_euclid(HOUR_MS) * HOUR_MS);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.written.get(&id) == Some(&hour) {
            return;
        }
        if state.written.len() >= MOST {
            state.written.clear();
        }
        state.written.insert(id, hour);
        state.waiting.insert(id, hour);
    }

    /// Writes once a minute until `cancel`, and then a last time.
    pub async fn write(&self, store: &Store, cancel: CancellationToken) -> Result<(), StoreError> {
        let mut minute = tokio::time::interval(WRITE_EVERY);
        while cancel.run_until_cancelled(minute.tick()).await.is_some() {
            self.flush(store).await?;
        }
        self.flush(store).await
    }

    async fn flush(&self, store: &Store) -> Result<(), StoreError> {
        let waiting = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut state.waiting)
        };
        if waiting.is_empty() { Ok(()) } else { key::note_use(store, waiting).await }
    }
}
