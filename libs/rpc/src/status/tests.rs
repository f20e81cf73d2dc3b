//! The table of kinds: each with its code and the details that a caller may count on.

use kefu_kernel::FieldViolation as Violation;

use super::*;
use crate::failure::Failure;

/// A fault of any kind that says everything a fault can say.
#[derive(Debug, thiserror::Error)]
#[error("the text for people")]
struct Talkative {
    kind: FaultKind,
    retry: Option<Duration>,
    violations: usize,
    #[source]
    cause: std::io::Error,
}

impl Talkative {
    fn of(kind: FaultKind) -> Self {
        let cause = std::io::Error::other("the secret cause");
        Self { kind, retry: None, violations: 2, cause }
    }
}

impl Fault for Talkative {
    fn kind(&self) -> FaultKind {
        self.kind
    }

    fn reason(&self) -> &'static str {
        "ETAG_MISMATCH"
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("current_etag", "7".into())]
    }

    fn field_violations(&self) -> Vec<Violation> {
        let one = |number| Violation {
            field: format!("rows[{number}].subject"),
            description: "must not be longer than 200 characters".into(),
            reason: "string.max_len".into(),
        };
        (0..self.violations).map(one).collect()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        Some(("ticket", "ticket_1".into()))
    }
}

#[test]
fn each_kind_has_its_code_and_its_details() {
    use FaultKind as Kind;
    let table = [
        (Kind::Invalid, Code::InvalidArgument, "violations"),
        (Kind::Unauthenticated, Code::Unauthenticated, ""),
        (Kind::Forbidden, Code::PermissionDenied, ""),
        (Kind::NotFound, Code::NotFound, "resource"),
        (Kind::Exists, Code::AlreadyExists, "resource"),
        (Kind::RuleBroken, Code::FailedPrecondition, "precondition"),
        (Kind::Stale, Code::Aborted, ""),
        (Kind::Limited, Code::ResourceExhausted, "quota retry"),
        (Kind::Unavailable, Code::Unavailable, "retry"),
        (Kind::Timeout, Code::DeadlineExceeded, "retry"),
        (Kind::Cancelled, Code::Cancelled, ""),
        (Kind::Unsupported, Code::Unimplemented, ""),
        (Kind::Bug, Code::Internal, ""),
    ];
    for (kind, code, expected) in table {
        let status = from_fault(&Talkative::of(kind));
        let details = status.get_error_details();
        let present = [
            ("violations", details.bad_request().is_some()),
            ("resource", details.resource_info().is_some()),
            ("precondition", details.precondition_failure().is_some()),
            ("quota", details.quota_failure().is_some()),
            ("retry", details.retry_info().is_some()),
        ];
        let names = present.iter().filter(|(_, present)| *present).map(|(name, _)| *name);
        assert_eq!(names.collect::<Vec<_>>().join(" "), expected, "{kind:?}");
        assert_eq!(status.code(), code);
        let info = details.error_info().expect("always there");
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("ETAG_MISMATCH", "kefu"));
        assert_eq!(info.metadata["current_etag"], "7");
        assert!(!format!("{status:?}").contains("secret"), "{kind:?} tells its cause");
        assert_eq!(status.message() == "the text for people", kind != Kind::Bug);
    }
}

#[test]
fn a_stale_fault_that_can_be_retried_says_when() {
    let mut fault = Talkative::of(FaultKind::Stale);
    fault.retry = Some(Duration::from_millis(20));
    let failure = Failure::from(&from_fault(&fault));
    assert_eq!(failure.retry_after, Some(Duration::from_millis(20)));
}

/// A commit whose outcome is unknown.
#[derive(Debug, thiserror::Error)]
#[error("whether the change was made is not known")]
struct Unknown(Option<Duration>);

impl Fault for Unknown {
    fn kind(&self) -> FaultKind {
        FaultKind::Unavailable
    }

    fn reason(&self) -> &'static str {
        "OUTCOME_UNKNOWN"
    }

    fn retry_after(&self) -> Option<Duration> {
        self.0
    }
}

#[test]
fn what_may_have_been_done_invites_nobody_to_try_again_who_cannot_safely() {
    for retry in [None, Some(Duration::from_millis(500))] {
        let failure = Failure::from(&from_fault(&Unknown(retry)));
        assert_eq!((failure.code, failure.retry_after), (Code::Unavailable, retry));
        assert_eq!(failure.can_be_retried(), retry.is_some());
    }
}

#[test]
fn a_failure_passed_on_reads_the_same() {
    for kind in [FaultKind::Invalid, FaultKind::Stale, FaultKind::Limited, FaultKind::Unavailable] {
        let first = Failure::from(&from_fault(&Talkative::of(kind)));
        let second = Failure::from(&from_fault(&first));
        assert_eq!(second, first);
    }
}

#[test]
fn a_status_fits_into_headers_however_much_is_wrong() {
    let mut fault = Talkative::of(FaultKind::Invalid);
    fault.violations = 1_000;
    let status = from_fault(&fault);
    assert!(headers(&status) < 8_000, "{}", headers(&status));
    let failure = Failure::from(&status);
    assert!(failure.violations.len() > 20);
    let left_out: usize = failure.metadata["violations_left_out"].parse().unwrap();
    assert_eq!(failure.violations.len() + left_out, 1_000);
    assert_eq!(failure.metadata["current_etag"], "7");
}

#[test]
fn a_status_fits_into_headers_however_long_its_texts_are() {
    for kind in [FaultKind::Invalid, FaultKind::RuleBroken, FaultKind::Limited, FaultKind::Exists] {
        let status = from_fault(&Verbose(kind));
        assert!(headers(&status) < 8_000, "{kind:?}: {}", headers(&status));
        assert!(status.message().starts_with("客服客服") && status.message().ends_with('…'));
        let failure = Failure::from(&status);
        let told: usize = failure.metadata.values().map(String::len).sum();
        assert!(told > 3_000, "{told}");
        assert!(failure.violations.is_empty(), "none fits");
        let left_out = failure.metadata.get("violations_left_out").map(String::as_str);
        assert_eq!(left_out, (kind == FaultKind::Invalid).then_some("1"));
    }
}

/// Bytes of a status as a peer counts them.
fn headers(status: &Status) -> usize {
    let response = status.clone().into_http::<()>();
    let bytes = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        name.as_str().len() + value.as_bytes().len() + 32
    };
    response.headers().iter().map(bytes).sum()
}

/// A fault of long texts in a script that headers hold badly.
#[derive(Debug, thiserror::Error)]
#[error("{}", "客服".repeat(1_000))]
struct Verbose(FaultKind);

impl Fault for Verbose {
    fn kind(&self) -> FaultKind {
        self.0
    }

    fn reason(&self) -> &'static str {
        "VALIDATION_FAILED"
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("fields", "字段".repeat(1_000)), ("shapes", "形".repeat(1_000))]
    }

    fn field_violations(&self) -> Vec<Violation> {
        let text = "字".repeat(4_000);
        vec![Violation { field: text.clone(), description: text, reason: "long".into() }]
    }
}

#[test]
fn what_the_transport_made_gets_a_reason() {
    let table = [
        (Status::out_of_range("too long"), Code::ResourceExhausted, "MESSAGE_TOO_LARGE"),
        (Status::unimplemented(""), Code::Unimplemented, "METHOD_UNKNOWN"),
        (Status::invalid_argument("bad"), Code::InvalidArgument, "MALFORMED_REQUEST"),
        // Health of an unknown service and reflection of an unknown symbol.
        (Status::not_found("unregistered service"), Code::NotFound, "RESOURCE_NOT_FOUND"),
        (Status::unknown("what"), Code::Internal, "INTERNAL"),
    ];
    for (status, code, reason) in table {
        let failure = Failure::from(&complete(status));
        assert_eq!((failure.code, failure.reason.as_str()), (code, reason));
    }
    let told = from_fault(&Talkative::of(FaultKind::Stale));
    assert_eq!(Failure::from(&complete(told.clone())), Failure::from(&told), "left as it is");
}
