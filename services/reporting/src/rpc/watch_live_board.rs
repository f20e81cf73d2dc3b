//! WatchLiveBoard: the board, and again whenever events were folded into it.

use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use kefu_api_common::wire;
use kefu_api_reporting::v1::watch_live_board_response::Item;
use kefu_api_reporting::v1::{
    BoardHeartbeat, LiveBoard, WatchLiveBoardRequest, WatchLiveBoardResponse,
};
use kefu_kernel::Scope;
use kefu_rpc::CallContext;
use kefu_store::Store;
use tokio::sync::watch::Receiver;
use uuid::Uuid;

use super::get_live_board::{board, branch_in_sight};
use crate::{Error, Reporting};

/// How often a sign of life is sent where nothing changes.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub async fn run(
    reporting: &Reporting,
    call: Arc<CallContext>,
    request: WatchLiveBoardRequest,
) -> Result<impl Stream<Item = Result<WatchLiveBoardResponse, Error>> + Send + 'static, Error> {
    let scope = call.principal().scope.clone();
    let branch = branch_in_sight(&scope, request.branch_id.as_deref())?;
    let mut changes = reporting.boards.follow();
    changes.mark_changed();
    let watcher = Watcher { store: reporting.store.clone(), scope, branch, changes, last: None };
    Ok(futures::stream::try_unfold(watcher, |mut watcher| async move {
        let item = watcher.next().await?;
        Ok(Some((WatchLiveBoardResponse { item: Some(item) }, watcher)))
    }))
}

struct Watcher {
    store: Store,
    scope: Scope,
    branch: Option<Uuid>,
    changes: Receiver<()>,
    last: Option<LiveBoard>,
}

impl Watcher {
    /// The next board that differs in the caller's sight, or a sign of life.
    async fn next(&mut self) -> Result<Item, Error> {
        loop {
            let changed = tokio::time::timeout(HEARTBEAT, self.changes.changed()).await;
            if changed.is_err() {
                let now = wire::timestamp(self.store.ambient().now());
                return Ok(Item::Heartbeat(BoardHeartbeat { sent_at: Some(now) }));
            }
            let now = board(&self.store, &self.scope, self.branch).await?;
            if self.last.as_ref().is_none_or(|last| last.cells != now.cells) {
                self.last = Some(now.clone());
                return Ok(Item::Board(now));
            }
        }
    }
}
