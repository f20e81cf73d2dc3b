//! Why reporting refuses, or cannot answer.

use kefu_kernel::{Fault, FaultKind, FieldViolation};
use kefu_outbox::OutboxError;
use kefu_store::StoreError;
use kefu_store::page::ListError;
use kefu_store::runner::{KeyTaken, NotFound};

/// Errors of reporting.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The event path.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// Filter, order, page size or token.
    #[error(transparent)]
    List(#[from] ListError),
    /// An aggregate of ours that is not there.
    #[error(transparent)]
    NotFound(#[from] NotFound),
    /// There is no projection of that name.
    #[error("there is no projection `{0}`")]
    UnknownProjection(String),
    /// Its next generation is being built already.
    #[error("projection `{0}` is being rebuilt already")]
    RebuildRunning(String),
    /// Fields of the request that contradict each other or name nothing.
    #[error("{}", .0.description)]
    Invalid(FieldViolation),
    /// The branch asked for is not in the caller's sight.
    #[error("there is no such branch")]
    UnknownBranch(String),
    /// Two processes made the same projection's record at once.
    #[error("another process was first")]
    Raced,
}

impl Error {
    /// A field that names no day, or stands in no order to another.
    pub fn invalid(field: &str, reason: &str, description: impl Into<String>) -> Self {
        Self::Invalid(FieldViolation {
            field: field.to_owned(),
            description: description.into(),
            reason: reason.to_owned(),
        })
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl From<KeyTaken> for Error {
    fn from(_: KeyTaken) -> Self {
        Self::Raced
    }
}

impl Error {
    fn inner(&self) -> Option<&dyn Fault> {
        match self {
            Self::Store(error) => Some(error),
            Self::Outbox(error) => Some(error),
            Self::List(error) => Some(error),
            Self::NotFound(error) => Some(error),
            _ => None,
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> FaultKind {
        match self {
            Self::UnknownProjection(_) | Self::UnknownBranch(_) => FaultKind::NotFound,
            Self::RebuildRunning(_) => FaultKind::RuleBroken,
            Self::Invalid(_) => FaultKind::Invalid,
            Self::Raced => FaultKind::Stale,
            other => other.inner().map_or(FaultKind::Bug, Fault::kind),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::UnknownProjection(_) => "PROJECTION_UNKNOWN",
            Self::UnknownBranch(_) => "UNKNOWN_REFERENCE",
            Self::RebuildRunning(_) => "REBUILD_RUNNING",
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::Raced => "CONCURRENT_CHANGE",
            other => other.inner().map_or("INTERNAL", Fault::reason),
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Invalid(violation) => vec![violation.clone()],
            other => other.inner().map(Fault::field_violations).unwrap_or_default(),
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        self.inner().map(Fault::metadata).unwrap_or_default()
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        self.inner().and_then(Fault::retry_after)
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::UnknownProjection(name) => Some(("projection", name.clone())),
            Self::UnknownBranch(id) => Some(("branch", id.clone())),
            other => other.inner().and_then(Fault::resource),
        }
    }
}
