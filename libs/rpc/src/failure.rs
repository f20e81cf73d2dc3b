//! A status as the calling side reads it: the details taken out again.
//!
//! A [`Failure`] is a [`Fault`] itself, so that a service whose call to another one failed, or whose
//! caller's stream broke, can pass it on with `?` and its caller reads the same.

use std::collections::BTreeMap;
use std::time::Duration;

use kefu_api_common::v1::ErrorReason;
use kefu_kernel::{Fault, FaultKind, FieldViolation};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Names of metadata that are passed on: those of the registered reasons.
const METADATA: [&str; 14] = [
    "current_etag",
    "cursor",
    "field",
    "fields",
    "from",
    "id",
    "limit_bytes",
    "permission",
    "position",
    "service",
    "shapes",
    "supported",
    "ticket_id",
    "to",
];

/// Why a call failed, as the called service told it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The gRPC code.
    pub code: Code,
    /// The stable reason, `ETAG_MISMATCH`; empty where the other side is not Kefu.
    pub reason: String,
    /// The text for people.
    pub message: String,
    /// Values that belong to the reason.
    pub metadata: BTreeMap<String, String>,
    /// Every violated field.
    pub violations: Vec<FieldViolation>,
    /// How long to wait before trying again, where the other side says so.
    pub retry_after: Option<Duration>,
    /// Type and id of the resource concerned.
    pub resource: Option<(String, String)>,
    /// What a violated state rule is called.
    pub preconditions: Vec<String>,
    /// The id under which the other side logged a defect.
    pub request_id: Option<String>,
}

impl Failure {
    /// Boxed, as an error enum keeps it: `client.call(…).await.map_err(Failure::boxed)?`.
    #[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
    pub fn boxed(status: Status) -> Box<Self> {
        Box::new(Self::from(&status))
    }

    /// Whether the same call may be made again as it is (AIP-194: only UNAVAILABLE; and what told a
    /// time to wait); not what may have been done and told none.
    pub fn can_be_retried(&self) -> bool {
        let unknown = self.reason == ErrorReason::OutcomeUnknown.text();
        (self.code == Code::Unavailable && !unknown) || self.retry_after.is_some()
    }
}

impl Fault for Failure {
    fn kind(&self) -> FaultKind {
        match self.code {
            Code::InvalidArgument | Code::OutOfRange => FaultKind::Invalid,
            Code::Unauthenticated => FaultKind::Unauthenticated,
            Code::PermissionDenied => FaultKind::Forbidden,
            Code::NotFound => FaultKind::NotFound,
            Code::AlreadyExists => FaultKind::Exists,
            Code::FailedPrecondition => FaultKind::RuleBroken,
            Code::Aborted => FaultKind::Stale,
            Code::ResourceExhausted => FaultKind::Limited,
            Code::Unavailable => FaultKind::Unavailable,
            Code::DeadlineExceeded => FaultKind::Timeout,
            Code::Cancelled => FaultKind::Cancelled,
            Code::Unimplemented => FaultKind::Unsupported,
            Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => FaultKind::Bug,
        }
    }

    fn reason(&self) -> &'static str {
        ErrorReason::from_text(&self.reason).unwrap_or(ErrorReason::Internal).text()
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        let told = |name| Some((name, self.metadata.get(name)?.clone()));
        METADATA.into_iter().filter_map(told).collect()
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        self.violations.clone()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl From<&Status> for Failure {
    fn from(status: &Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info();
        let violations = details.bad_request().map(|bad| bad.field_violations.clone());
        let preconditions = details.precondition_failure().map(|all| all.violations.clone());
        Self {
            code: status.code(),
            reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
            message: status.message().to_owned(),
            metadata: info
                .map(|info| info.metadata.clone().into_iter().collect())
                .unwrap_or_default(),
            violations: violations.unwrap_or_default().into_iter().map(violation).collect(),
            retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
            resource: details
                .resource_info()
                .map(|info| (info.resource_type.clone(), info.resource_name.clone())),
            preconditions: preconditions
                .unwrap_or_default()
                .into_iter()
                .map(|broken| broken.r#type)
                .collect(),
            request_id: details.request_info().map(|info| info.request_id.clone()),
        }
    }
}

fn violation(of: tonic_types::FieldViolation) -> FieldViolation {
    FieldViolation { field: of.field, description: of.description, reason: of.reason }
}
