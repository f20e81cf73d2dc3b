//! What is wrong with a request, gathered field by field in the form that validation has, so that a
//! caller learns all of it at once.
//!
//! Descriptions never repeat a value that was given: it may be personal and errors are logged.

use std::fmt;

use kefu_api_common::{Path, Violations};
use prost_reflect::{DynamicMessage, Value};

use super::fields::FieldPath;
use super::refusal::Refusal;

/// The name is none of the message's fields.
pub const UNKNOWN_FIELD: &str = "unknown_field";
/// The value is not of the field's type.
pub const WRONG_TYPE: &str = "wrong_type";
/// One value was expected and several were given.
pub const REPEATED: &str = "repeated";
/// Two places of the request give different values, or exclude each other.
pub const CONFLICT: &str = "conflict";
/// The text is not JSON.
pub const NOT_JSON: &str = "not_json";

/// Adds one that stands at `field`, a path from the root.
pub fn add(found: &mut Violations, field: impl fmt::Display, rule: &str, text: impl Into<String>) {
    found.add(&Path::ROOT.field(&field.to_string()), rule, text);
}

/// Sets a field, unless that would replace another member of its oneof.
pub fn place(path: &FieldPath, value: Value, message: &mut DynamicMessage, found: &mut Violations) {
    if let Err(other) = path.set(message, value) {
        add(found, path, CONFLICT, format!("excludes {other}: give one of them"));
    }
}

/// Refuses the request where anything is wrong with it.
pub fn settle(found: Violations) -> Result<(), Refusal> {
    let all = Vec::from(found);
    if all.is_empty() { Ok(()) } else { Err(Refusal::Invalid(all)) }
}

/// Names that callers make up are told back no longer than this.
const LONGEST_NAME: usize = 100;

/// The beginning of a name.
pub fn cut(name: &str) -> &str {
    name.char_indices().nth(LONGEST_NAME).map_or(name, |(end, _)| &name[..end])
}
