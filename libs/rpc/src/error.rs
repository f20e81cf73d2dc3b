//! What goes wrong on the way between a caller and a handler, and while a server is set up.

use std::time::Duration;

use kefu_api_common::v1::ErrorReason;
use kefu_kernel::{Fault, FaultKind};

/// An error of any type, as a cause.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// This crate's failures. Those that a caller meets carry a reason of the registered list.
#[derive(Debug, thiserror::Error)]
pub enum RpcError {
    /// The method needs credentials and the call has none.
    #[error("this method needs credentials")]
    CredentialsMissing,
    /// The credentials do not verify. The cause is for the log; a caller learns nothing of it.
    #[error("the credentials are not valid")]
    CredentialsInvalid(#[source] Option<BoxError>),
    /// The credentials were valid once.
    #[error("the credentials are over")]
    CredentialsExpired,
    /// The place where credentials are checked (an issuer's keys) does not answer.
    #[error("the credentials cannot be checked now")]
    CredentialsUncheckable(#[source] BoxError),
    /// No role of the caller holds the method's permission.
    #[error("this needs the permission {permission}")]
    PermissionDenied {
        /// The permission that the method declares.
        permission: String,
    },
    /// The caller's roles lost the permission while a stream ran.
    #[error("your rights have changed; call again")]
    RightsChanged,
    /// The method is not served here.
    #[error("there is no method {path} here")]
    MethodUnknown {
        /// The path asked for.
        path: String,
    },
    /// `grpc-timeout` is not as the protocol defines it.
    #[error("grpc-timeout is malformed")]
    TimeoutMalformed,
    /// The call's time is over.
    #[error("the call's time is over; it may still have taken effect")]
    DeadlineExceeded,
    /// A stream moved nothing for too long.
    #[error("the stream moved nothing for {} s", .0.as_secs())]
    Stalled(Duration),
    /// More calls are in flight than the server takes.
    #[error("the server has as many calls as it takes; try again")]
    Overloaded,
    /// The caller calls more often than it may.
    #[error("more calls than your limit allows; try again later")]
    RateLimited {
        /// When the next call is within the limit.
        retry_after: Duration,
    },
    /// A stream ran as long as streams may, or the server is about to stop.
    #[error("the stream has ended; call again and go on from the last cursor")]
    WatchEnded,
    /// A service that this call needs does not answer.
    #[error("the service {service} does not answer")]
    ServiceUnavailable {
        /// Its name.
        service: String,
        /// What the transport said.
        #[source]
        cause: BoxError,
    },
    /// A call was made between BEGIN and COMMIT.
    #[error("a call to {service} was made inside a write transaction")]
    CallInTransaction {
        /// The service that was to be called.
        service: String,
    },
    /// A handler or one of its streams panicked.
    #[error("the handler panicked")]
    Panicked,
    /// A handler was reached around the stack that establishes who calls.
    #[error("the call has no context: it did not pass the stack")]
    NoContext,
    /// An error of another kind, where only our own were expected.
    #[error("{0}")]
    Foreign(#[source] BoxError),
    /// The server or client cannot be set up as configured.
    #[error("{what}")]
    SetUp {
        /// What is wrong, for the operator.
        what: String,
        /// Why.
        #[source]
        cause: Option<BoxError>,
    },
}

impl RpcError {
    /// The credentials do not verify, because of `cause`.
    pub fn invalid_credentials(cause: impl Into<BoxError>) -> Self {
        Self::CredentialsInvalid(Some(cause.into()))
    }

    pub(crate) fn set_up(what: impl Into<String>) -> Self {
        Self::SetUp { what: what.into(), cause: None }
    }

    pub(crate) fn set_up_by(what: impl Into<String>, cause: impl Into<BoxError>) -> Self {
        Self::SetUp { what: what.into(), cause: Some(cause.into()) }
    }
}

impl Fault for RpcError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::CredentialsMissing | Self::CredentialsInvalid(_) | Self::CredentialsExpired => {
                FaultKind::Unauthenticated
            }
            Self::PermissionDenied { .. } => FaultKind::Forbidden,
            Self::RightsChanged => FaultKind::Stale,
            Self::MethodUnknown { .. } => FaultKind::Unsupported,
            Self::TimeoutMalformed => FaultKind::Invalid,
            Self::DeadlineExceeded | Self::Stalled(_) => FaultKind::Timeout,
            Self::RateLimited { .. } => FaultKind::Limited,
            Self::CredentialsUncheckable(_)
            | Self::Overloaded
            | Self::WatchEnded
            | Self::ServiceUnavailable { .. } => FaultKind::Unavailable,
            Self::CallInTransaction { .. }
            | Self::Panicked
            | Self::NoContext
            | Self::Foreign(_)
            | Self::SetUp { .. } => FaultKind::Bug,
        }
    }

    fn reason(&self) -> &'static str {
        let reason = match self {
            Self::CredentialsMissing => ErrorReason::CredentialsMissing,
            Self::CredentialsInvalid(_) => ErrorReason::CredentialsInvalid,
            Self::CredentialsExpired => ErrorReason::CredentialsExpired,
            Self::PermissionDenied { .. } => ErrorReason::PermissionDenied,
            Self::RightsChanged => ErrorReason::RightsChanged,
            Self::MethodUnknown { .. } => ErrorReason::MethodUnknown,
            Self::TimeoutMalformed => ErrorReason::MalformedRequest,
            Self::DeadlineExceeded | Self::Stalled(_) => ErrorReason::DeadlineExceeded,
            Self::Overloaded => ErrorReason::Overloaded,
            Self::RateLimited { .. } => ErrorReason::RateLimited,
            Self::WatchEnded => ErrorReason::WatchEnded,
            Self::CredentialsUncheckable(_) | Self::ServiceUnavailable { .. } => {
                ErrorReason::DependencyUnavailable
            }
            Self::CallInTransaction { .. } => ErrorReason::CallInTransaction,
            Self::Panicked | Self::NoContext | Self::Foreign(_) | Self::SetUp { .. } => {
                ErrorReason::Internal
            }
        };
        reason.text()
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::PermissionDenied { permission } => vec![("permission", permission.clone())],
            Self::ServiceUnavailable { service, .. } => vec![("service", service.clone())],
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => Some(*retry_after),
            Self::RightsChanged | Self::WatchEnded => Some(Duration::ZERO),
            _ => None,
        }
    }
}
