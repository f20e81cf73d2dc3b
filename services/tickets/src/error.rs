//! Why tickets refuses, or cannot answer: a rule's refusal, or something around it.

use std::time::Duration;

use kefu_kernel::{Fault, FaultKind, FieldViolation};
use kefu_outbox::OutboxError;
use kefu_runtime::directory::DirectoryError;
use kefu_store::StoreError;
use kefu_store::page::ListError;
use kefu_store::runner::{KeyTaken, NotFound};

use crate::domain;

/// Errors of tickets.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule said no.
    #[error(transparent)]
    Rule(#[from] domain::Error),
    /// There is no such thing, or the caller may not know that there is.
    #[error(transparent)]
    NotFound(#[from] NotFound),
    /// Filter, order, page size or token.
    #[error(transparent)]
    List(#[from] ListError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The event path.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The id in that source is a ticket's already.
    #[error("a ticket with this source and external id exists")]
    ExternalIdTaken {
        /// That ticket's id, where the caller may see it.
        by: Option<String>,
    },
    /// The message with that source and id is kept already.
    #[error("this message was recorded before")]
    DuplicateMessage {
        /// The id of the ticket that it is kept with, where the caller may see it.
        by: Option<String>,
    },
    /// A cursor of another list, or none at all.
    #[error("the cursor is not one that this service gave")]
    CursorInvalid,
    /// The watcher did not read as fast as things changed.
    #[error("changes came faster than they were read; watch again from the last cursor")]
    WatcherTooSlow,
    /// A request under this idempotency key has not been answered yet. Never leaves the service.
    #[error("not answered yet")]
    Unanswered,
    /// The chain of parents changed while it was read. Never leaves the service: it is read again.
    #[error("the chain of parents has changed")]
    ParentsMoved,
    /// What was claimed is another's: a defect of ours, for the decision looked first.
    #[error("a name was claimed twice")]
    ClaimedTwice,
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl From<KeyTaken> for Error {
    fn from(_: KeyTaken) -> Self {
        Self::ClaimedTwice
    }
}

impl Error {
    fn inner(&self) -> Option<&dyn Fault> {
        match self {
            Self::Rule(error) => Some(error),
            Self::NotFound(error) => Some(error),
            Self::List(error) => Some(error),
            Self::Store(error) => Some(error),
            Self::Directory(error) => Some(error),
            Self::Outbox(error) => Some(error),
            _ => None,
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> FaultKind {
        match self {
            Self::ExternalIdTaken { .. } | Self::DuplicateMessage { .. } => FaultKind::Exists,
            Self::CursorInvalid => FaultKind::Invalid,
            Self::WatcherTooSlow => FaultKind::Limited,
            other => other.inner().map_or(FaultKind::Bug, Fault::kind),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::ExternalIdTaken { .. } => "RESOURCE_EXISTS",
            Self::DuplicateMessage { .. } => "DUPLICATE_MESSAGE",
            Self::CursorInvalid => "CURSOR_INVALID",
            Self::WatcherTooSlow => "WATCHER_TOO_SLOW",
            other => other.inner().map_or("INTERNAL", Fault::reason),
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        self.inner().map(Fault::metadata).unwrap_or_default()
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        self.inner().map(Fault::field_violations).unwrap_or_default()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.inner().and_then(Fault::retry_after)
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::ExternalIdTaken { by } | Self::DuplicateMessage { by } => {
                by.clone().map(|by| ("ticket", by))
            }
            other => other.inner().and_then(Fault::resource),
        }
    }
}
