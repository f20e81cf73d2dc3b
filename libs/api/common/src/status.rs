//! The status of a request that is not valid, in the one form that all errors have: a code, a sentence
//! for a person, ErrorInfo, and BadRequest with every violated field.

use std::collections::HashMap;

use kefu_kernel::FieldViolation;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::v1::ErrorReason;

/// The domain of every reason.
pub const DOMAIN: &str = "kefu";

/// INVALID_ARGUMENT with its reason and every violated field.
pub fn invalid(
    reason: ErrorReason,
    message: impl Into<String>,
    violations: Vec<FieldViolation>,
) -> Status {
    let mut details = ErrorDetails::with_error_info(reason.text(), DOMAIN, HashMap::new());
    if !violations.is_empty() {
        details.set_bad_request(violations.into_iter().map(bad_field).collect::<Vec<_>>());
    }
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// The status of a message that breaks its rules.
pub(crate) fn breaks_rules(violations: Vec<FieldViolation>) -> Status {
    let first = violations.first();
    let first =
        first.map_or(String::new(), |first| format!("{} {}", first.field, first.description));
    let message = match violations.len() {
        0 | 1 => first,
        more => format!("{first} (and {} more)", more - 1),
    };
    invalid(ErrorReason::ValidationFailed, message, violations)
}

fn bad_field(violation: FieldViolation) -> tonic_types::FieldViolation {
    tonic_types::FieldViolation {
        field: violation.field,
        description: violation.description,
        reason: violation.reason,
        localized_message: None,
    }
}
