//! An HTTP request to the RPC's request message: body, then query, path and headers, each field from
//! one place. A pure function over bytes: every test and fuzzer can call it.

use http::HeaderMap;
use kefu_api_common::{Path, Violations};
use percent_encoding::percent_decode_str;
use prost_reflect::{DynamicMessage, Kind, Value};

use super::refusal::Refusal;
use super::route::{Body, Route};
use super::violations::{self, CONFLICT, NOT_JSON, WRONG_TYPE};
use super::{headers, json, query, scalar};

/// The parts of a request that its message is made of.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The path's raw segments, without the verb.
    pub segments: &'a [&'a str],
    /// The raw query.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body: JSON, or nothing.
    pub body: &'a [u8],
}

/// Makes the request message. All that is wrong is told at once.
pub fn read(route: &Route, parts: &Parts<'_>) -> Result<DynamicMessage, Refusal> {
    let mut found = Violations::default();
    let mut message = read_body(route, parts.body, &mut found);
    query::apply(parts.query, route, &mut message, &mut found);
    bind_path(route, parts.segments, &mut message, &mut found);
    headers::apply(parts.headers, route, &mut message, &mut found);
    violations::settle(found)?;
    Ok(message)
}

fn read_body(route: &Route, body: &[u8], found: &mut Violations) -> DynamicMessage {
    let mut message = DynamicMessage::new(route.rpc.input());
    if body.trim_ascii().is_empty() {
        return message;
    }
    if route.body == Body::None {
        found.add(&Path::ROOT, CONFLICT, "this method takes no body");
        return message;
    }
    let tree = match json::parse(body) {
        Ok(tree) => tree,
        Err(error) => {
            found.add(&Path::ROOT, NOT_JSON, format!("the body is not JSON: {error}"));
            return message;
        }
    };
    match &route.body {
        Body::None => {}
        Body::Whole => {
            let kind = Kind::Message(route.rpc.input());
            if let Some(Value::Message(whole)) = json::read(&kind, &tree, &Path::ROOT, found) {
                message = whole;
            }
        }
        Body::Field(path) => {
            let name = path.leaf().name();
            let at = Path::ROOT.field(name);
            if let Some(value) = json::read_field(path.leaf(), &tree, &at, found) {
                message.set_field(path.leaf(), value);
            }
        }
    }
    message
}

fn bind_path(
    route: &Route,
    segments: &[&str],
    message: &mut DynamicMessage,
    found: &mut Violations,
) {
    for (path, variable) in &route.variables {
        let raw = route.template.capture(variable, segments);
        let Some(text) = unescape(&raw, route.template.spans(variable)) else {
            violations::add(found, path, WRONG_TYPE, "expected text in UTF-8");
            continue;
        };
        let value = match scalar::from_text(&path.leaf().kind(), &text) {
            Ok(value) => value,
            Err(expected) => {
                violations::add(found, path, WRONG_TYPE, expected);
                continue;
            }
        };
        let unset = Value::default_value_for_field(path.leaf());
        match path.get(message) {
            Some(given) if given != value && given != unset => {
                violations::add(found, path, CONFLICT, "differs from the path");
            }
            _ => violations::place(path, value, message, found),
        }
    }
}

/// Undoes the escapes of a path. In a value of several segments `%2F` stays, so that it can be told
/// from the slashes between them, as `http.proto` asks.
fn unescape(raw: &str, spans: bool) -> Option<String> {
    if !spans {
        return percent_decode_str(raw).decode_utf8().ok().map(std::borrow::Cow::into_owned);
    }
    let parts: Option<Vec<String>> = raw
        .replace("%2f", "%2F")
        .split("%2F")
        .map(|part| percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned))
        .collect();
    Some(parts?.join("%2F"))
}
