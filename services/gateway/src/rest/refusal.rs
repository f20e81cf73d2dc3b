//! What the transcoder itself refuses, before any call is made.

use std::time::Duration;

use http::{Method, StatusCode};
use kefu_kernel::{Fault, FaultKind, FieldViolation};

/// A request that leads to no call.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No route has the path.
    #[error("There is nothing at this path.")]
    UnknownPath,
    /// The path has other methods.
    #[error("This path does not take the method; it takes {}.", names(.0))]
    OtherMethods(Vec<Method>),
    /// Fields are wrong.
    #[error("The request is not valid.")]
    Invalid(Vec<FieldViolation>),
    /// The body is in no form that is understood.
    #[error("The body's type is not understood: send {0}.")]
    UnknownMediaType(&'static str),
    /// The body, or one line of it, is too long.
    #[error("The request is larger than {0} bytes.")]
    TooLarge(usize),
    /// The body did not go on.
    #[error("The request's body did not go on for {} seconds.", .0.as_secs())]
    Stalled(Duration),
    /// The body ended early.
    #[error("The request's body was cut off.")]
    CutOff,
    /// The service's reply cannot be shown as JSON.
    #[error("The reply cannot be written as JSON.")]
    Unwritable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

fn names(methods: &[Method]) -> String {
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    names.join(", ")
}

impl Refusal {
    /// The same, said of one line of a streamed body (the first is 0).
    #[must_use]
    pub fn at_line(self, line: usize) -> Self {
        let Self::Invalid(mut violations) = self else { return self };
        for violation in &mut violations {
            let dot = if violation.field.is_empty() { "" } else { "." };
            violation.field = format!("lines[{line}]{dot}{}", violation.field);
        }
        Self::Invalid(violations)
    }

    /// The HTTP status, where it says more than the gRPC code does.
    pub fn http_status(&self) -> Option<StatusCode> {
        match self {
            Self::OtherMethods(_) => Some(StatusCode::METHOD_NOT_ALLOWED),
            Self::UnknownMediaType(_) => Some(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::TooLarge(_) => Some(StatusCode::PAYLOAD_TOO_LARGE),
            Self::Stalled(_) => Some(StatusCode::REQUEST_TIMEOUT),
            _ => None,
        }
    }
}

impl Fault for Refusal {
    fn kind(&self) -> FaultKind {
        match self {
            Self::UnknownPath => FaultKind::NotFound,
            Self::OtherMethods(_) => FaultKind::Unsupported,
            Self::Invalid(_) | Self::UnknownMediaType(_) => FaultKind::Invalid,
            Self::TooLarge(_) => FaultKind::Limited,
            Self::Stalled(_) => FaultKind::Timeout,
            Self::CutOff => FaultKind::Cancelled,
            Self::Unwritable(_) => FaultKind::Bug,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::UnknownPath | Self::OtherMethods(_) => "METHOD_UNKNOWN",
            Self::Invalid(violations)
                if violations.iter().any(|v| v.reason == super::violations::NOT_JSON) =>
            {
                "MALFORMED_REQUEST"
            }
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::UnknownMediaType(_) => "MALFORMED_REQUEST",
            Self::TooLarge(_) => "MESSAGE_TOO_LARGE",
            Self::Stalled(_) => "DEADLINE_EXCEEDED",
            Self::CutOff => "CANCELLED",
            Self::Unwritable(_) => "INTERNAL",
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Invalid(violations) => violations.clone(),
            _ => Vec::new(),
        }
    }
}
