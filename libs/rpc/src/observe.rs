//! One call as telemetry sees it, on either side: its span, its duration, its final code.

use std::time::Instant;

use kefu_telemetry::semconv::{ERROR_TYPE, rpc};
use kefu_telemetry::{KeyValue, metrics, trace};
use tonic::Code;
use tracing::Span;

/// Which side of the call is observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Server,
    Client,
}

/// A call under way. One that is dropped before it ended was given up by its caller.
pub(crate) struct Observation {
    side: Side,
    method: String,
    span: Span,
    started: Instant,
    ended: bool,
}

impl Observation {
    pub(crate) fn server(method: &str, headers: &http::HeaderMap) -> Self {
        Self::new(Side::Server, method, trace::server_span(method, headers))
    }

    pub(crate) fn client(method: &str) -> Self {
        Self::new(Side::Client, method, trace::client_span(method))
    }

    fn new(side: Side, method: &str, span: Span) -> Self {
        Self { side, method: method.to_owned(), span, started: Instant::now(), ended: false }
    }

    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// Records how it ended; only the first end counts.
    pub(crate) fn end(&mut self, code: Code) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let name = code_name(code);
        let (series, failed) = match self.side {
            Side::Server => (&metrics::RPC_SERVER_DURATION, rpc::is_server_error(name)),
            Side::Client => (&metrics::RPC_CLIENT_DURATION, code != Code::Ok),
        };
        trace::record_status(&self.span, name, failed);
        let mut attributes = vec![
            KeyValue::new(rpc::SYSTEM_NAME, rpc::GRPC),
            KeyValue::new(rpc::METHOD, self.method.clone()),
            KeyValue::new(rpc::STATUS_CODE, name),
        ];
        if failed {
            attributes.push(KeyValue::new(ERROR_TYPE, name));
        }
        series.record_since(self.started, &attributes);
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        self.end(Code::Cancelled);
    }
}

/// A code as the conventions and people write it.
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
