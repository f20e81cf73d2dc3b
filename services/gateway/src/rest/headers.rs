//! What the headers of a request mean for the call: `Idempotency-Key`, `If-Match`, `Last-Event-ID` and
//! `Request-Timeout`, and the few that are passed on as they are.

use std::ops::RangeInclusive;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use kefu_api_common::Violations;
use prost_reflect::{DynamicMessage, Value};
use tonic::metadata::MetadataMap;

use super::fields::FieldPath;
use super::route::Route;
use super::violations::{self, CONFLICT, WRONG_TYPE};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const REQUEST_TIMEOUT: HeaderName = HeaderName::from_static("request-timeout");

/// What `Request-Timeout` may be; the stack cuts it to what the method may take.
const TIMEOUT_SECONDS: RangeInclusive<u64> = 1..=3600;

/// Passed on to the call; nothing else is, so that no caller can pose as a service.
const PASSED_ON: [HeaderName; 3] = [
    header::AUTHORIZATION,
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
];

/// The metadata of the call that these headers make.
pub fn passed_on(headers: &HeaderMap) -> MetadataMap {
    let mut kept = HeaderMap::new();
    for name in &PASSED_ON {
        for value in headers.get_all(name) {
            kept.append(name, value.clone());
        }
    }
    MetadataMap::from_headers(kept)
}

/// Sets the fields that headers give.
pub fn apply(
    headers: &HeaderMap,
    route: &Route,
    message: &mut DynamicMessage,
    found: &mut Violations,
) {
    if let Some(text) = single(headers, &IDEMPOTENCY_KEY, found)
        && let Some(path) = &route.request_id
    {
        set(path, "Idempotency-Key", unquoted(text), message, found);
    }
    if let Some(text) = single(headers, &LAST_EVENT_ID, found)
        && let Some(path) = &route.cursor
        && path.get(message).is_none_or(|given| given.as_str() == Some(""))
    {
        set(path, "Last-Event-ID", text, message, found);
    }
    match (single(headers, &header::IF_MATCH, found), &route.etag) {
        (None | Some("*"), _) => {}
        (Some(text), Some(path)) if text.contains(',') => {
            violations::add(found, path, WRONG_TYPE, "If-Match has several etags: give one");
        }
        (Some(text), Some(path)) => {
            let text = unquoted(text.strip_prefix("W/").unwrap_or(text));
            set(path, "If-Match", text, message, found);
        }
        (Some(_), None) => {
            let text = "this method checks no etag: leave If-Match out";
            violations::add(found, "etag", CONFLICT, text);
        }
    }
}

/// How long the caller waits, from `Request-Timeout` in whole seconds.
pub fn timeout(headers: &HeaderMap, found: &mut Violations) -> Option<Duration> {
    let text = single(headers, &REQUEST_TIMEOUT, found)?;
    let seconds = text.parse().ok().filter(|seconds| TIMEOUT_SECONDS.contains(seconds));
    if seconds.is_none() {
        let text = "expected a number of seconds, 1 to 3600";
        violations::add(found, "Request-Timeout", WRONG_TYPE, text);
    }
    seconds.map(Duration::from_secs)
}

/// The `ETag` header for a resource's etag.
pub fn etag(text: &str) -> Option<HeaderValue> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"');
    plain.then(|| HeaderValue::try_from(format!("\"{text}\"")).ok()).flatten()
}

/// A header's text, where it is given once.
fn single<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
    found: &mut Violations,
) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    let text = first.to_str().ok().filter(|_| values.next().is_none());
    if text.is_none() {
        violations::add(found, name, WRONG_TYPE, "expected one line of printable ASCII");
    }
    text.map(str::trim)
}

/// Structured headers and etags are quoted; both forms are taken.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

fn set(
    path: &FieldPath,
    header: &str,
    text: &str,
    message: &mut DynamicMessage,
    found: &mut Violations,
) {
    match path.get(message) {
        Some(Value::String(given)) if !given.is_empty() && given != text => {
            violations::add(found, path, CONFLICT, format!("differs from the header {header}"));
        }
        _ => violations::place(path, Value::String(text.to_owned()), message, found),
    }
}
