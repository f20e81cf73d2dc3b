//! What a command can be answered with besides its reply.

use std::fmt;
use std::time::Duration;

use kefu_kernel::id::encode;
use kefu_kernel::{Fault, FaultKind, FieldViolation};
use uuid::Uuid;

use crate::StoreError;
use crate::error::Cause;

/// Why a command has no reply: its own rule's refusal, or something that the runner found.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E: Fault> {
    /// The command's `decide` refused.
    #[error("{0}")]
    Refused(#[source] E),
    /// The runner could not or would not carry it out.
    #[error("{0}")]
    Runner(#[source] RunnerError),
}

/// What the runner itself answers.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RunnerError {
    /// The idempotency key was used with another body.
    #[error("the request id was used before with another request")]
    RequestIdReused,
    /// A call with the same idempotency key is under way in another process.
    #[error("the first call with this request id has not ended")]
    InProgress,
    /// The aggregate changed since the caller's etag, in any field or in one of the caller's.
    #[error("the {kind} has changed meanwhile{}, its etag is now {current}", named(.fields))]
    Stale {
        /// The aggregate's type.
        kind: &'static str,
        /// The aggregate.
        id: Uuid,
        /// Its version.
        current: i64,
        /// The caller's fields that changed; empty where any change counts.
        fields: Vec<String>,
    },
    /// Others changed the same things again and again.
    #[error("others are changing the same thing at this moment")]
    Contended,
    /// Too many commands wait.
    #[error("too many changes wait to be made")]
    QueueFull,
    /// This process is stopping and takes no more commands.
    #[error("this process is stopping")]
    Stopping,
    /// The connection broke during the commit, and it could not be found out whether it happened.
    #[error(
        "the connection broke during the commit, whether the change was made is not known; {}",
        if *.repeatable { "ask again with the same request id" } else { "look before asking again" }
    )]
    OutcomeUnknown {
        /// Whether asking again is safe: the call has an idempotency key.
        repeatable: bool,
        /// The driver's words.
        #[source]
        cause: Cause,
    },
    /// The database failed.
    #[error("{0}")]
    Store(#[source] StoreError),
    /// Our defect; the text is for our logs.
    #[error("an internal error occurred")]
    Defect(#[source] Defect),
}

/// A broken promise of our own code.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Defect(pub String);

fn named(fields: &[String]) -> String {
    if fields.is_empty() { String::new() } else { format!(" in {}", fields.join(", ")) }
}

impl Fault for RunnerError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::RequestIdReused => FaultKind::Invalid,
            Self::InProgress | Self::Stale { .. } | Self::Contended => FaultKind::Stale,
            Self::QueueFull => FaultKind::Limited,
            Self::Stopping | Self::OutcomeUnknown { .. } => FaultKind::Unavailable,
            Self::Store(error) => error.kind(),
            Self::Defect(_) => FaultKind::Bug,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::RequestIdReused => "REQUEST_ID_REUSED",
            Self::InProgress => "REQUEST_IN_PROGRESS",
            Self::Stale { fields, .. } if fields.is_empty() => "ETAG_MISMATCH",
            Self::Stale { .. } => "FIELD_CONFLICT",
            Self::Contended => "CONCURRENT_CHANGE",
            Self::QueueFull => "OVERLOADED",
            Self::Stopping => "SHUTTING_DOWN",
            Self::OutcomeUnknown { .. } => "OUTCOME_UNKNOWN",
            Self::Store(error) => error.reason(),
            Self::Defect(_) => "INTERNAL",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Stale { current, fields, .. } if fields.is_empty() => {
                vec![("current_etag", current.to_string())]
            }
            Self::Stale { current, fields, .. } => {
                vec![("current_etag", current.to_string()), ("fields", fields.join(","))]
            }
            Self::Store(error) => error.metadata(),
            _ => Vec::new(),
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::RequestIdReused => vec![FieldViolation {
                field: "request_id".into(),
                description: self.to_string(),
                reason: self.reason().into(),
            }],
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::InProgress | Self::Contended | Self::QueueFull => {
                Some(Duration::from_millis(100))
            }
            Self::Stopping => Some(Duration::from_secs(1)),
            Self::OutcomeUnknown { repeatable: true, .. } => Some(Duration::from_millis(500)),
            Self::Store(error) => error.retry_after(),
            _ => None,
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Stale { kind, id, .. } => Some((kind, encode(kind, *id))),
            _ => None,
        }
    }
}

impl<E: Fault> RunError<E> {
    fn fault(&self) -> &dyn Fault {
        match self {
            Self::Refused(error) => error,
            Self::Runner(error) => error,
        }
    }
}

impl<E: Fault> Fault for RunError<E> {
    fn kind(&self) -> FaultKind {
        self.fault().kind()
    }

    fn reason(&self) -> &'static str {
        self.fault().reason()
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        self.fault().metadata()
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        self.fault().field_violations()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.fault().retry_after()
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        self.fault().resource()
    }
}

impl<E: Fault> From<RunnerError> for RunError<E> {
    fn from(error: RunnerError) -> Self {
        Self::Runner(error)
    }
}

/// There is no such aggregate, or the principal may not know that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFound {
    /// The aggregate's type.
    pub kind: &'static str,
    /// The id asked for.
    pub id: Uuid,
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {}", encode(self.kind, self.id))
    }
}

impl std::error::Error for NotFound {}

impl Fault for NotFound {
    fn kind(&self) -> FaultKind {
        FaultKind::NotFound
    }

    fn reason(&self) -> &'static str {
        "RESOURCE_NOT_FOUND"
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        Some((self.kind, encode(self.kind, self.id)))
    }
}

/// The natural key names another aggregate already: a defect where the decision could have looked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name was claimed twice")]
pub struct KeyTaken {
    /// The aggregate that has it.
    pub by: Uuid,
}

impl Fault for KeyTaken {
    fn kind(&self) -> FaultKind {
        FaultKind::Bug
    }

    fn reason(&self) -> &'static str {
        "INTERNAL"
    }
}
