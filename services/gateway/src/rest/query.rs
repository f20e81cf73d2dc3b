//! Query parameters to fields: `a.b=1&tag=x&tag=y`, names as in the protos or as in JSON.

use kefu_api_common::Violations;
use percent_encoding::percent_decode_str;
use prost_reflect::{DynamicMessage, MessageDescriptor, Value};

use super::fields::FieldPath;
use super::route::Route;
use super::scalar;
use super::violations::{self, REPEATED, UNKNOWN_FIELD, WRONG_TYPE, cut};

/// Sets every field that `query` gives.
pub fn apply(query: &str, route: &Route, message: &mut DynamicMessage, found: &mut Violations) {
    let mut given: Vec<(FieldPath, Vec<Value>)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
        let Some((path, value)) = parameter(&decode_lossy(name), text, route, found) else {
            continue;
        };
        match given.iter_mut().find(|(other, _)| *other == path) {
            Some((_, values)) if path.leaf().is_list() => values.push(value),
            Some(_) => {
                violations::add(found, &path, REPEATED, "is given more than once in the query");
            }
            None => given.push((path, vec![value])),
        }
    }
    for (path, mut values) in given {
        let value = match values.pop() {
            Some(value) if !path.leaf().is_list() => value,
            Some(last) => {
                values.push(last);
                Value::List(values)
            }
            None => continue,
        };
        violations::place(&path, value, message, found);
    }
}

/// The field that one parameter names, and its value; nothing where either is wrong.
fn parameter(
    name: &str,
    text: &str,
    route: &Route,
    found: &mut Violations,
) -> Option<(FieldPath, Value)> {
    let input: MessageDescriptor = route.rpc.input();
    let Some(path) = FieldPath::resolve(&input, name).filter(|path| route.takes_from_query(path))
    else {
        violations::add(found, cut(name), UNKNOWN_FIELD, "there is no such query parameter here");
        return None;
    };
    let kind = path.leaf().kind();
    if path.leaf().is_map() || !scalar::fits_text(&kind) {
        violations::add(
            found,
            &path,
            WRONG_TYPE,
            "is a message: name one of its fields, such as a.b=…",
        );
        return None;
    }
    let value = match decode(text) {
        Some(text) => scalar::from_text(&kind, &text),
        None => Err("expected text in UTF-8".into()),
    };
    match value {
        Ok(value) => Some((path, value)),
        Err(expected) => {
            violations::add(found, &path, WRONG_TYPE, expected);
            None
        }
    }
}

/// Undoes the encoding of forms; nothing where the bytes are not UTF-8.
fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

fn decode_lossy(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}
