//! A failed call as an HTTP answer: the status line, `Retry-After` and the JSON form of
//! `google.rpc.Status` with all its details (AIP-193).

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use kefu_api_common::DOMAIN;
use kefu_rpc::{code_name, status};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};
use serde_json::{Value as Json, json};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::json::{Defaults, write};
use super::refusal::Refusal;

/// What went wrong, ready to be sent.
#[derive(Debug)]
pub struct Failure {
    status: Box<Status>,
    http: StatusCode,
    headers: HeaderMap,
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        let mut headers = HeaderMap::new();
        if let Some(delay) = status.get_details_retry_info().and_then(|info| info.retry_delay) {
            headers.insert(header::RETRY_AFTER, whole_seconds(delay).into());
        }
        if status.code() == Code::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Self { http: http_status(status.code()), status: Box::new(status), headers }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let mut failure = Self::from(match refusal {
            Refusal::TooLarge(limit) => too_large(limit, refusal.to_string()),
            _ => status::from_fault(&refusal),
        });
        if let Some(http) = refusal.http_status() {
            failure.http = http;
        }
        if let Refusal::OtherMethods(methods) = &refusal {
            failure.headers.insert(header::ALLOW, allow(methods));
        }
        failure
    }
}

impl Failure {
    /// The body: `{"error": {"code", "status", "message", "details"}}`.
    pub fn to_json(&self) -> String {
        let details = tonic_types::pb::Status::decode(self.status.details()).unwrap_or_default();
        let details: Vec<Json> = details.details.iter().map(detail).collect();
        let error = json!({
            "code": self.http.as_u16(),
            "status": code_name(self.status.code()),
            "message": self.status.message(),
            "details": details,
        });
        json!({ "error": error }).to_string()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = self.to_json();
        let kind = [(header::CONTENT_TYPE, "application/json")];
        (self.http, self.headers, kind, body).into_response()
    }
}

/// Of all limits the only one that no waiting helps against, so that no time to wait is told.
fn too_large(limit: usize, message: String) -> Status {
    let metadata = HashMap::from([("limit_bytes".to_owned(), limit.to_string())]);
    let details = ErrorDetails::with_error_info("MESSAGE_TOO_LARGE", DOMAIN, metadata);
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

/// The value of an `Allow` header.
pub fn allow(methods: &[Method]) -> HeaderValue {
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    HeaderValue::try_from(names.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

/// The mapping of `google/rpc/code.proto`.
pub fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::Cancelled => {
            StatusCode::from_u16(499).expect("499 is within the range of status codes")
        }
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => {
            StatusCode::BAD_REQUEST
        }
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The types of `google/rpc/error_details.proto`.
pub static DETAIL_TYPES: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(tonic_types::pb::FILE_DESCRIPTOR_SET)
        .expect("the descriptors that tonic-types ships decode")
});

/// A detail as JSON with its `@type`.
fn detail(any: &prost_types::Any) -> Json {
    let kind = DETAIL_TYPES
        .get_message_by_name("google.protobuf.Any")
        .expect("Status imports Any, so its descriptors hold it");
    let mut message = DynamicMessage::new(kind);
    message.set_field_by_name("type_url", Value::String(any.type_url.clone()));
    message.set_field_by_name("value", Value::Bytes(any.value.clone().into()));
    let written = write(&message, Defaults::Left).ok();
    written
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_else(|| json!({ "@type": any.type_url }))
}

/// `Retry-After` has no fractions: rounded up, so that nobody comes too early.
fn whole_seconds(delay: Duration) -> u64 {
    delay.as_secs() + u64::from(delay.subsec_nanos() > 0)
}
