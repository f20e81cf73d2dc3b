//! Why reporting refuses, or cannot answer.

use kefu_kernel::{Fault, FaultKind, FieldViolation};
use kefu_outbox::OutboxError;
use kefu_store::StoreError;
use kefu_store::filter::FilterError;
use kefu_store::page::ListError;
use kefu_store::runner::{KeyTaken, NotFound};

use crate::query::MOST_ROWS;

/// Errors of reporting.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The event path.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// A filter by itself.
    #[error(transparent)]
    Filter(#[from] FilterError),
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
    /// There is no metric, report or branch of that name in the caller's sight.
    #[error("there is no {kind} `{id}`")]
    Unknown {
        /// What it would be.
        kind: &'static str,
        /// Its code or id.
        id: String,
    },
    /// The metric cannot be told apart by this.
    #[error("`{metric}` has no dimension `{field}`; there are: {}", .known.join(", "))]
    UnknownDimension {
        /// The metric.
        metric: String,
        /// The dimension asked for.
        field: String,
        /// Its dimensions.
        known: Vec<&'static str>,
    },
    /// More rows than one answer holds.
    #[error("more than {MOST_ROWS} numbers; ask for fewer days or dimensions")]
    ResultTooLarge,
    /// Two processes made the same projection's record at once.
    #[error("another process was first")]
    Raced,
}

impl Error {
    /// There is no such thing.
    pub fn unknown(kind: &'static str, id: &str) -> Self {
        Self::Unknown { kind, id: id.to_owned() }
    }

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
            Self::Filter(error) => Some(error),
            Self::NotFound(error) => Some(error),
            _ => None,
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> FaultKind {
        match self {
            Self::UnknownProjection(_) | Self::Unknown { .. } => FaultKind::NotFound,
            Self::RebuildRunning(_) => FaultKind::RuleBroken,
            Self::Invalid(_) | Self::UnknownDimension { .. } | Self::ResultTooLarge => {
                FaultKind::Invalid
            }
            Self::Raced => FaultKind::Stale,
            other => other.inner().map_or(FaultKind::Bug, Fault::kind),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::UnknownProjection(_) => "PROJECTION_UNKNOWN",
            Self::Unknown { .. } => "UNKNOWN_REFERENCE",
            Self::UnknownDimension { .. } => "UNKNOWN_FIELD",
            Self::ResultTooLarge => "RESULT_TOO_LARGE",
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
        match self {
            Self::UnknownDimension { field, .. } => vec![("field", field.clone())],
            Self::ResultTooLarge => vec![("limit", MOST_ROWS.to_string())],
            other => other.inner().map(Fault::metadata).unwrap_or_default(),
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        self.inner().and_then(Fault::retry_after)
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::UnknownProjection(name) => Some(("projection", name.clone())),
            Self::Unknown { kind, id } => Some((kind, id.clone())),
            other => other.inner().and_then(Fault::resource),
        }
    }
}
