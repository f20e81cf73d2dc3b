//! Watching things of one kind: a snapshot, then changes, resumable from any cursor that was sent.
//!
//! A service keeps one [`Feed`] per kind: it follows the own log once per process and is fanned out to all
//! who watch. The rows of what changed are read once per batch, whoever watches. The buffer is bounded: a
//! watcher that reads too slowly is cut, and goes on from its cursor by reading the log itself.

mod feed;
mod watcher;

use kefu_api_events::Facts;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Fault, FaultKind, Timestamp};
use kefu_store::StoreError;
use kefu_store::filter::Row;
use sea_orm::{EntityTrait, FromQueryResult, ModelTrait};

use crate::OutboxError;

pub use self::feed::Feed;

/// A column of a row's table.
pub type ColumnOf<M> = <<M as ModelTrait>::Entity as EntityTrait>::Column;

/// The root rows of one kind of aggregate, as lists filter and show them.
pub trait Watched:
    ModelTrait<Entity: EntityTrait<Model = Self>>
    + FromQueryResult
    + Row
    + Clone
    + Send
    + Sync
    + 'static
{
    /// The aggregate's type, `ticket`.
    const KIND: &'static str;

    /// What its events tell; one of the facts is `branch_id`, where its things can change their branch.
    type Facts: Facts;

    /// The column of the id.
    const ID: ColumnOf<Self>;

    /// The column of the branch.
    const BRANCH: ColumnOf<Self>;

    /// The aggregate's id.
    fn id(&self) -> Uuid;

    /// The branch it belongs to; none: the whole company's.
    fn branch(&self) -> Option<Uuid>;
}

/// What a watcher is told, and where to go on after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told<M> {
    /// Where to go on if the stream ends after this; empty within a snapshot.
    pub cursor: String,
    /// What is told.
    pub what: What<M>,
}

/// What a watcher can be told.
#[derive(Clone, Debug, PartialEq)]
pub enum What<M> {
    /// One as it is. Comes before everything else.
    Snapshot(M),
    /// The snapshot is complete; changes follow.
    SnapshotEnd {
        /// How many it had.
        count: i32,
        /// Whether there are more than its limit.
        truncated: bool,
    },
    /// One within the filter changed or came into it.
    Change {
        /// As it is now; several changes may be told as one.
        row: M,
        /// Short names of the events since it was told last.
        types: Vec<String>,
    },
    /// One left the filter or the caller's sight.
    Gone(Uuid),
    /// Nothing happened for a while.
    Heartbeat(Timestamp),
}

/// Why a watch is refused or cut.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// A cursor of another feed, or none at all.
    #[error("the cursor is not one that this service gave")]
    CursorInvalid,
    /// Retention has dropped what came after the cursor.
    #[error("events after the cursor are no longer kept: watch again without one")]
    CursorDropped,
    /// The watcher did not read as fast as things changed.
    #[error("changes came faster than they were read; watch again from the last cursor")]
    TooSlow,
    /// The log cannot be read.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
}

impl From<StoreError> for WatchError {
    fn from(error: StoreError) -> Self {
        Self::Outbox(error.into())
    }
}

impl From<sea_orm::DbErr> for WatchError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Outbox(error.into())
    }
}

impl Fault for WatchError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::CursorInvalid => FaultKind::Invalid,
            Self::CursorDropped => FaultKind::RuleBroken,
            Self::TooSlow => FaultKind::Limited,
            Self::Outbox(error) => error.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::CursorInvalid => "CURSOR_INVALID",
            Self::CursorDropped => "CURSOR_DROPPED",
            Self::TooSlow => "WATCHER_TOO_SLOW",
            Self::Outbox(error) => error.reason(),
        }
    }
}
