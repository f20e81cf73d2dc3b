//! What went wrong, told so that a program can act on it: a closed kind, a stable reason, metadata.
//!
//! Each crate has one error enum that implements [`Fault`]. Its `Display` is the text for the caller
//! (complete, free of personal data, never the cause); causes are reached by `source()` and logged
//! once. `kefu-rpc` turns a fault into a gRPC status with the matching `google.rpc` details.

use std::time::Duration;

/// The kinds of failure, each with one gRPC code and one set of details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The request itself is wrong, whatever the state (INVALID_ARGUMENT, BadRequest).
    Invalid,
    /// No valid credentials (UNAUTHENTICATED).
    Unauthenticated,
    /// The caller may not do this at all (PERMISSION_DENIED).
    Forbidden,
    /// It does not exist, or the caller may not know that it does (NOT_FOUND, ResourceInfo).
    NotFound,
    /// It exists already (ALREADY_EXISTS, ResourceInfo).
    Exists,
    /// The state does not allow it (FAILED_PRECONDITION, PreconditionFailure).
    RuleBroken,
    /// Another change came first (ABORTED, RetryInfo when a retry can help).
    Stale,
    /// A limit of the caller or of the system (RESOURCE_EXHAUSTED, QuotaFailure, RetryInfo).
    Limited,
    /// A dependency does not answer (UNAVAILABLE, RetryInfo).
    Unavailable,
    /// The time given for the call is over (DEADLINE_EXCEEDED).
    Timeout,
    /// The caller withdrew the call (CANCELLED).
    Cancelled,
    /// The service does not offer this (UNIMPLEMENTED).
    Unsupported,
    /// Our defect (INTERNAL); only the request id is told.
    Bug,
}

/// One field of a request that is wrong, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldViolation {
    /// Path from the request's root, such as `ticket.priority` or `rows[3].created_at`.
    pub field: String,
    /// A sentence for a person.
    pub description: String,
    /// The rule's stable name, such as `string.max_len` or `unknown_field`.
    pub reason: String,
}

/// An error that a caller can act on.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    /// The kind; decides code and details.
    fn kind(&self) -> FaultKind;

    /// The stable name of the reason, UPPER_SNAKE, at most 63 characters, listed in
    /// `proto/kefu/common/v1/error_reason.proto`.
    fn reason(&self) -> &'static str;

    /// Values that belong to the reason, such as the current version. Never personal data.
    fn metadata(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Every violated field, for [`FaultKind::Invalid`].
    fn field_violations(&self) -> Vec<FieldViolation> {
        Vec::new()
    }

    /// How long to wait before trying again, where trying again can help.
    fn retry_after(&self) -> Option<Duration> {
        None
    }

    /// The resource concerned, as its type and id (`("ticket", "ticket_01h…")`), where there is one.
    fn resource(&self) -> Option<(&'static str, String)> {
        None
    }
}

impl FieldViolation {
    /// A field that is wrong: its path, the rule's stable name, and a sentence.
    pub fn new(field: impl Into<String>, reason: &str, description: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.to_owned(), description: description.into() }
    }
}

/// Fields of a request that do not fit each other or the state (VALIDATION_FAILED): all of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", summary(.0))]
pub struct InvalidFields(pub Vec<FieldViolation>);

impl InvalidFields {
    /// One wrong field.
    pub fn one(field: impl Into<String>, reason: &str, description: impl Into<String>) -> Self {
        Self(vec![FieldViolation::new(field, reason, description)])
    }
}

impl Fault for InvalidFields {
    fn kind(&self) -> FaultKind {
        FaultKind::Invalid
    }

    fn reason(&self) -> &'static str {
        "VALIDATION_FAILED"
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        self.0.clone()
    }
}

/// A code or id that names nothing (UNKNOWN_REFERENCE), or nothing that the caller may know of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} names nothing that there is: `{value}`")]
pub struct UnknownReference {
    /// The field, as the request spells it.
    pub field: &'static str,
    /// The code or id, cut at 64 characters.
    pub value: String,
}

impl UnknownReference {
    /// `field` has a `value` that names nothing.
    pub fn new(field: &'static str, value: &str) -> Self {
        Self { field, value: value.chars().take(64).collect() }
    }
}

impl Fault for UnknownReference {
    fn kind(&self) -> FaultKind {
        FaultKind::Invalid
    }

    fn reason(&self) -> &'static str {
        "UNKNOWN_REFERENCE"
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("field", self.field.to_owned()), ("id", self.value.clone())]
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        vec![FieldViolation::new(self.field, "unknown_reference", self.to_string())]
    }
}

/// What is wrong, in one sentence, for people; the violations tell the rest.
pub fn summary(violations: &[FieldViolation]) -> String {
    match violations {
        [one] => format!("{}: {}", one.field, one.description),
        many => format!("{} fields are not as they must be", many.len()),
    }
}
