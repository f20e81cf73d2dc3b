//! What every service's `EventsService` answers: its change feed, its consumers, its dead letters and
//! the proof of its log. The same for all of them; [`events_service!`](crate::events_service) ties it
//! to a package's generated trait.

mod audit;
mod changes;
mod consumers;
pub mod cursor;
mod letters;
mod service;

use std::sync::Arc;

use kefu_kernel::{Fault, FaultKind, Scope};
use kefu_store::{Runner, Store};

use crate::OutboxError;
use crate::audit::HeadSigner;

/// The event log of one service, as its API shows it. Cheap to clone.
#[derive(Clone)]
pub struct EventsApi {
    store: Store,
    runner: Runner,
    signer: Arc<dyn HeadSigner>,
}

impl EventsApi {
    /// The log of `store`, whose commands `runner` runs, and whose heads `signer` can verify.
    pub fn new(store: Store, runner: Runner, signer: Arc<dyn HeadSigner>) -> Self {
        Self { store, runner, signer }
    }
}

/// Why a request about the log was refused.
#[derive(Debug, thiserror::Error)]
pub enum EventsError {
    /// The log itself.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// Feed and dead letters hold things of every branch, and the caller may not see all of them.
    #[error("this needs sight of every branch")]
    ScopeTooNarrow,
    /// The cursor is not one that this service gave.
    #[error("the cursor is not one that this service gave")]
    CursorInvalid,
    /// Retention has dropped what came after the cursor.
    #[error("events after the cursor are no longer kept: read the state anew, then start from now")]
    CursorDropped,
    /// The page token is not one that this service gave.
    #[error("the page token is not one that this service gave")]
    PageTokenInvalid,
    /// There is no such dead letter.
    #[error("there is no such dead letter")]
    NoSuchLetter(String),
}

/// Events are of every branch: who sees only some of them reads none.
pub(crate) fn needs_the_whole(scope: &Scope) -> Result<(), EventsError> {
    if *scope == Scope::All { Ok(()) } else { Err(EventsError::ScopeTooNarrow) }
}

impl Fault for EventsError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Outbox(error) => error.kind(),
            Self::ScopeTooNarrow => FaultKind::Forbidden,
            Self::CursorInvalid | Self::PageTokenInvalid => FaultKind::Invalid,
            Self::CursorDropped => FaultKind::RuleBroken,
            Self::NoSuchLetter(_) => FaultKind::NotFound,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Outbox(error) => error.reason(),
            Self::ScopeTooNarrow => "SCOPE_TOO_NARROW",
            Self::CursorInvalid => "CURSOR_INVALID",
            Self::CursorDropped => "CURSOR_DROPPED",
            Self::PageTokenInvalid => "PAGE_TOKEN_INVALID",
            Self::NoSuchLetter(_) => "RESOURCE_NOT_FOUND",
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::NoSuchLetter(id) => Some(("dead_letter", id.clone())),
            _ => None,
        }
    }
}
