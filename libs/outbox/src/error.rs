//! What can go wrong between the log, the bus and those who fold.

use kefu_bus::BusError;
use kefu_kernel::{Fault, FaultKind};
use kefu_store::StoreError;
use sea_orm::DbErr;

/// Why a piece of the event path stopped. All but [`OutboxError::Fenced`] and
/// [`OutboxError::Broken`] pass by themselves.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The own database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bus.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// Another process has taken the lease that this one worked under; nothing was written.
    #[error("the lease was taken over")]
    Fenced,
    /// The owner of the events does not answer.
    #[error("the service that owns the events does not answer: {0}")]
    Owner(String),
    /// What was recorded does not fit together: a defect, or an altered database.
    #[error("the event log does not fit together: {0}")]
    Broken(String),
}

impl From<DbErr> for OutboxError {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl Fault for OutboxError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Bus(error) => error.kind(),
            Self::Fenced | Self::Owner(_) => FaultKind::Unavailable,
            Self::Broken(_) => FaultKind::Bug,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Store(error) => error.reason(),
            Self::Bus(error) => error.reason(),
            Self::Fenced => "LEASE_TAKEN",
            Self::Owner(_) => "OWNER_UNAVAILABLE",
            Self::Broken(_) => "INTERNAL",
        }
    }
}
