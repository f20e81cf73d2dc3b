//! What can go wrong between a publisher or subscriber and the bus.

use std::error::Error as StdError;
use std::sync::Arc;

use kefu_kernel::{Fault, FaultKind};

/// Any cause, kept for the log.
pub(crate) type Cause = Arc<dyn StdError + Send + Sync>;

/// Why the bus did not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BusError {
    /// The broker or the log's file does not answer now. What was asked may be asked again.
    #[error("the event bus does not answer")]
    Unavailable(#[source] Cause),
    /// The event cannot be carried as it is, and never will be.
    #[error("event {event_id} cannot be carried: {what}")]
    Unsendable {
        /// The event.
        event_id: String,
        /// What is wrong with it.
        what: String,
    },
    /// The settings are wrong or do not fit what the broker has.
    #[error("the event bus is not set up rightly: {0}")]
    Misconfigured(String),
    /// The bus was closed by this process.
    #[error("the event bus is closed")]
    Closed,
}

impl BusError {
    pub(crate) fn unavailable(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self::Unavailable(Arc::new(cause))
    }

    pub(crate) fn says(text: impl Into<String>) -> Self {
        Self::Unavailable(Arc::from(Box::<dyn StdError + Send + Sync>::from(text.into())))
    }

    /// Whether the same request can succeed later.
    pub fn can_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl Fault for BusError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Unavailable(_) | Self::Closed => FaultKind::Unavailable,
            Self::Unsendable { .. } | Self::Misconfigured(_) => FaultKind::Bug,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Unavailable(_) | Self::Closed => "EVENT_BUS_UNAVAILABLE",
            Self::Unsendable { .. } => "EVENT_UNSENDABLE",
            Self::Misconfigured(_) => "EVENT_BUS_MISCONFIGURED",
        }
    }
}
