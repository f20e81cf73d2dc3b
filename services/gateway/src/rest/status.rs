//! A refusal as a gRPC status with its details.

use kefu_kernel::{Fault, FaultKind};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// The status of a fault.
pub fn from_fault(fault: &dyn Fault) -> Status {
    let code = match fault.kind() {
        FaultKind::Invalid => Code::InvalidArgument,
        FaultKind::NotFound => Code::NotFound,
        FaultKind::Unsupported => Code::Unimplemented,
        FaultKind::Limited => Code::ResourceExhausted,
        FaultKind::Timeout => Code::DeadlineExceeded,
        FaultKind::Cancelled => Code::Cancelled,
        _ => Code::Internal,
    };
    let metadata: std::collections::HashMap<String, String> =
        fault.metadata().into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    let mut details = ErrorDetails::with_error_info(fault.reason(), "kefu", metadata);
    for violation in fault.field_violations() {
        details.add_bad_request_violation(violation.field, violation.description);
    }
    Status::with_error_details(code, fault.to_string(), details)
}
