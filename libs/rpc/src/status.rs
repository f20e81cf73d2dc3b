//! The one conversion between a [`Fault`] and a gRPC status with its `google.rpc` details.
//!
//! `ErrorInfo` is always there; what else is, the kind decides. A defect of ours tells nothing but its
//! reason and the request's id, under which the cause is logged, once, here.
//!
//! Details travel in headers, which peers limit (8 KiB is usual), so their size is bounded: what would
//! not fit is cut or left out, and that is told (see [`kefu_api_common::fitting`]).

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use kefu_api_common::v1::ErrorReason;
use kefu_api_common::{DOMAIN, fitting, fitting_text};
use kefu_kernel::{Fault, FaultKind};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, PreconditionViolation, QuotaViolation, StatusExt};

use crate::context;
use crate::error::{BoxError, RpcError};

/// How long a caller waits before it tries again, where a fault does not say.
const RETRY_DEFAULT: Duration = Duration::from_secs(1);

/// The status that tells `fault` to a caller.
pub fn from_fault(fault: &dyn Fault) -> Status {
    log(fault);
    let kind = fault.kind();
    let message = match kind {
        FaultKind::Bug => "a defect in Kefu; quote the request id when you report it".to_owned(),
        _ => fitting_text(&fault.to_string()),
    };
    let mut metadata: HashMap<String, String> =
        fault.metadata().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut details = ErrorDetails::new();
    match kind {
        FaultKind::NotFound | FaultKind::Exists => add_resource(&mut details, fault, &message),
        FaultKind::RuleBroken => add_precondition(&mut details, fault, &message),
        FaultKind::Limited => {
            details.set_quota_failure(vec![QuotaViolation::new(fault.reason(), &message)]);
        }
        FaultKind::Bug => add_request(&mut details, &mut metadata),
        _ => {}
    }
    if let Some(wait) = retry_of(kind, fault) {
        details.set_retry_info(Some(wait));
    }
    let violations = match kind {
        FaultKind::Invalid => fault.field_violations(),
        _ => Vec::new(),
    };
    let violations = fitting(&mut metadata, violations);
    if kind == FaultKind::Invalid {
        details.set_bad_request(violations);
    }
    details.set_error_info(fault.reason(), DOMAIN, metadata);
    Status::with_error_details(code_of(kind), message, details)
}

/// The status of any error: a fault of this crate or a status as it is, all else a defect.
pub fn from_error(error: BoxError) -> Status {
    match error.downcast::<Status>() {
        Ok(status) => *status,
        Err(error) => match error.downcast::<RpcError>() {
            Ok(fault) => from_fault(&*fault),
            Err(error) => from_fault(&RpcError::Foreign(error)),
        },
    }
}

/// Gives a status that the transport, the codec or a server not ours made the `ErrorInfo` that every error has.
pub(crate) fn complete(status: Status) -> Status {
    if status.code() == Code::Ok || !status.details().is_empty() {
        return status;
    }
    let (code, reason) = match status.code() {
        // tonic says OUT_OF_RANGE of a message over the limit; the protocol says RESOURCE_EXHAUSTED.
        Code::OutOfRange | Code::ResourceExhausted => {
            (Code::ResourceExhausted, ErrorReason::MessageTooLarge)
        }
        Code::InvalidArgument => (Code::InvalidArgument, ErrorReason::MalformedRequest),
        // Health and reflection say so of a name that they do not know.
        Code::NotFound => (Code::NotFound, ErrorReason::ResourceNotFound),
        Code::Unimplemented => (Code::Unimplemented, ErrorReason::MethodUnknown),
        Code::DeadlineExceeded => (Code::DeadlineExceeded, ErrorReason::DeadlineExceeded),
        Code::Cancelled => (Code::Cancelled, ErrorReason::Cancelled),
        Code::Unavailable => (Code::Unavailable, ErrorReason::DependencyUnavailable),
        _ => return from_fault(&RpcError::Foreign(Box::new(status))),
    };
    let mut details = ErrorDetails::new();
    if code == Code::ResourceExhausted {
        details.set_quota_failure(vec![QuotaViolation::new(reason.text(), status.message())]);
    }
    details.set_error_info(reason.text(), DOMAIN, HashMap::new());
    Status::with_error_details(code, status.message(), details)
}

fn code_of(kind: FaultKind) -> Code {
    match kind {
        FaultKind::Invalid => Code::InvalidArgument,
        FaultKind::Unauthenticated => Code::Unauthenticated,
        FaultKind::Forbidden => Code::PermissionDenied,
        FaultKind::NotFound => Code::NotFound,
        FaultKind::Exists => Code::AlreadyExists,
        FaultKind::RuleBroken => Code::FailedPrecondition,
        FaultKind::Stale => Code::Aborted,
        FaultKind::Limited => Code::ResourceExhausted,
        FaultKind::Unavailable => Code::Unavailable,
        FaultKind::Timeout => Code::DeadlineExceeded,
        FaultKind::Cancelled => Code::Cancelled,
        FaultKind::Unsupported => Code::Unimplemented,
        FaultKind::Bug => Code::Internal,
    }
}

fn add_resource(details: &mut ErrorDetails, fault: &dyn Fault, message: &str) {
    if let Some((kind, id)) = fault.resource() {
        details.set_resource_info(kind, id, "", message);
    }
}

fn add_precondition(details: &mut ErrorDetails, fault: &dyn Fault, message: &str) {
    let subject = fault.resource().map(|(kind, id)| format!("{kind}/{id}")).unwrap_or_default();
    let violation = PreconditionViolation::new(fault.reason(), subject, message);
    details.set_precondition_failure(vec![violation]);
}

fn add_request(details: &mut ErrorDetails, metadata: &mut HashMap<String, String>) {
    if let Some(call) = context::current() {
        details.set_request_info(call.trace_id(), "");
        metadata.insert("trace_id".to_owned(), call.trace_id().to_owned());
    }
}

fn retry_of(kind: FaultKind, fault: &dyn Fault) -> Option<Duration> {
    match kind {
        // It may have been done: who may ask again is told by the fault alone.
        _ if fault.reason() == ErrorReason::OutcomeUnknown.text() => fault.retry_after(),
        FaultKind::Limited | FaultKind::Unavailable | FaultKind::Timeout => {
            Some(fault.retry_after().unwrap_or(RETRY_DEFAULT))
        }
        _ => fault.retry_after(),
    }
}

/// Logs what the caller is not told: defects with their causes, and why a dependency failed.
fn log(fault: &dyn Fault) {
    let call = context::current();
    let rpc = call.as_ref().map_or("", |call| call.method().name.as_str());
    match (fault.kind(), fault.source()) {
        (FaultKind::Bug, _) => {
            let request_id = call.as_ref().map_or("", |call| call.trace_id());
            tracing::error!(rpc, request_id, error = chain(fault), "a call failed by our defect");
        }
        (FaultKind::Unavailable, Some(_)) => {
            tracing::warn!(rpc, error = chain(fault), "a call failed by a dependency");
        }
        (FaultKind::Unauthenticated, Some(_)) => {
            tracing::info!(rpc, error = chain(fault), "credentials were refused");
        }
        _ => {}
    }
}

/// An error and its causes, as one line.
fn chain(fault: &dyn Fault) -> String {
    let mut text = fault.to_string();
    let mut cause = fault.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = Error::source(error);
    }
    text
}

#[cfg(test)]
mod tests;
