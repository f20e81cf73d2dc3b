//! Telling watchers that the board has changed: one follower per process, however many watch.

use std::time::Duration;

use kefu_outbox::{Folds, OutboxError};
use kefu_store::Store;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::projections::LIVE_BOARD;

/// How often watchers hear of it at most: each then reads the board.
const PACE: Duration = Duration::from_millis(200);

/// The board's changes. Cheap to clone.
#[derive(Clone)]
pub struct Boards {
    store: Store,
    folded: watch::Sender<()>,
}

impl Boards {
    /// The boards in `store`.
    pub fn new(store: Store) -> Self {
        Self { store, folded: watch::Sender::new(()) }
    }

    /// Changes whenever events were folded into the board.
    pub fn follow(&self) -> watch::Receiver<()> {
        self.folded.subscribe()
    }

    /// Follows the board until `cancel`.
    pub async fn run(self, cancel: CancellationToken) {
        let mut folds = Folds::of(&self.store, LIVE_BOARD).at_most_every(PACE);
        while let Some(changed) = cancel.run_until_cancelled(folds.changed()).await {
            match changed {
                Ok(()) => self.folded.send_replace(()),
                Err(error) => warn(&error),
            }
        }
    }
}

fn warn(error: &OutboxError) {
    let error = error as &dyn std::error::Error;
    tracing::warn!(error, "the live board cannot be looked at");
}
