//! Telling watchers that the board has changed: one look per process every 200 ms, however many watch,
//! and none where nobody does.

use std::time::Duration;

use kefu_outbox::tables::checkpoint;
use kefu_store::Store;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often the board is looked at, and so how often watchers hear of it at most.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The board's changes. Cheap to clone.
#[derive(Clone)]
pub struct Boards {
    store: Store,
    folded: watch::Sender<i64>,
}

impl Boards {
    /// The boards in `store`.
    pub fn new(store: Store) -> Self {
        Self { store, folded: watch::Sender::new(0) }
    }

    /// Changes whenever events were folded into the board.
    pub fn follow(&self) -> watch::Receiver<i64> {
        self.folded.subscribe()
    }

    /// Looks until `cancel`.
    pub async fn run(self, cancel: CancellationToken) {
        while cancel.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
            if self.folded.receiver_count() > 0 {
                self.look().await;
            }
        }
    }

    async fn look(&self) {
        let positions: Result<Vec<i64>, _> = checkpoint::Entity::find()
            .select_only()
            .column(checkpoint::Column::Position)
            .filter(checkpoint::Column::Consumer.starts_with("live_board@"))
            .into_tuple()
            .all(self.store.reader())
            .await;
        match positions {
            Ok(positions) => {
                let sum = positions.into_iter().sum();
                self.folded.send_if_modified(|last| std::mem::replace(last, sum) != sum);
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the live board cannot be looked at");
            }
        }
    }
}
