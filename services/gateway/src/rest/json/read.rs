//! A tree of JSON values to a message. Goes on after an error, so that all of them are found.

use std::collections::HashMap;

use kefu_api_common::{Path, Violations};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};
use serde_json::{Map, Value as Json};

use super::super::fields::{named, other_member};
use super::super::scalar;
use super::super::violations::{CONFLICT, REPEATED, UNKNOWN_FIELD, WRONG_TYPE, cut};

/// Reads one value of `kind`. Nothing where it is wrong, with the violations added.
pub fn read(kind: &Kind, json: &Json, at: &Path<'_>, found: &mut Violations) -> Option<Value> {
    match kind {
        Kind::Message(message) if !scalar::is_well_known(message) => match json {
            Json::Object(members) => {
                Some(Value::Message(read_message(message, members, at, found)))
            }
            _ => {
                found.add(at, WRONG_TYPE, "expected an object");
                None
            }
        },
        _ => match scalar::from_json(kind, json) {
            Ok(value) => Some(value),
            Err(expected) => {
                found.add(at, WRONG_TYPE, expected);
                None
            }
        },
    }
}

fn read_message(
    kind: &MessageDescriptor,
    members: &Map<String, Json>,
    at: &Path<'_>,
    found: &mut Violations,
) -> DynamicMessage {
    let mut message = DynamicMessage::new(kind.clone());
    let mut seen: Vec<u32> = Vec::with_capacity(members.len());
    for (name, json) in members {
        let Some(field) = named(kind, name) else {
            let text = format!("there is no such field in {}", kind.name());
            found.add(&at.field(cut(name)), UNKNOWN_FIELD, text);
            continue;
        };
        let at = at.field(field.name());
        if seen.contains(&field.number()) {
            found.add(&at, REPEATED, "is given twice, under both of its names");
            continue;
        }
        seen.push(field.number());
        let Some(value) = read_field(&field, json, &at, found) else { continue };
        if let Some(other) = other_member(&message, &field) {
            found.add(&at, CONFLICT, format!("excludes {}: give one of them", other.name()));
            continue;
        }
        message.set_field(&field, value);
    }
    message
}

/// A field's value; nothing where it is null (absent) or wrong.
pub fn read_field(
    field: &FieldDescriptor,
    json: &Json,
    at: &Path<'_>,
    found: &mut Violations,
) -> Option<Value> {
    let kind = field.kind();
    if json.is_null() && !holds_null(&kind) {
        return None;
    }
    if field.is_map() {
        read_map(&kind, json, at, found)
    } else if field.is_list() {
        let Json::Array(items) = json else {
            found.add(at, WRONG_TYPE, "expected a list");
            return None;
        };
        let items = items.iter().enumerate();
        Some(Value::List(
            items.filter_map(|(i, item)| read(&kind, item, &at.index(i), found)).collect(),
        ))
    } else {
        read(&kind, json, at, found)
    }
}

fn read_map(kind: &Kind, json: &Json, at: &Path<'_>, found: &mut Violations) -> Option<Value> {
    let (Json::Object(members), Kind::Message(entry)) = (json, kind) else {
        found.add(at, WRONG_TYPE, "expected an object");
        return None;
    };
    let key_kind = entry.map_entry_key_field().kind();
    let value_kind = entry.map_entry_value_field().kind();
    let mut values: HashMap<MapKey, Value> = HashMap::with_capacity(members.len());
    for (name, json) in members {
        let key = cut(name);
        let at = at.key(&key);
        let key_value = match scalar::from_text(&key_kind, name) {
            Ok(key) => key.into_map_key(),
            Err(expected) => {
                found.add(&at, WRONG_TYPE, format!("as a key, {expected}"));
                continue;
            }
        };
        if let (Some(key), Some(value)) = (key_value, read(&value_kind, json, &at, found)) {
            values.insert(key, value);
        }
    }
    Some(Value::Map(values))
}

/// Null is a value of these; for all others it means absent.
fn holds_null(kind: &Kind) -> bool {
    match kind {
        Kind::Message(message) => message.full_name() == "google.protobuf.Value",
        Kind::Enum(one) => one.full_name() == "google.protobuf.NullValue",
        _ => false,
    }
}
