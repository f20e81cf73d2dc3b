//! A message to JSON text: fields in the order of their numbers, map entries in the order of their
//! keys, so that equal messages are equal bytes.
//!
//! An `Any` of a type that the descriptors lack (a later version's) is shown as its type and base64,
//! instead of failing the whole reply.

use base64::Engine as _;
use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;
use prost_reflect::{DynamicMessage, Kind, MapKey, ReflectMessage, SerializeOptions, Value};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::super::scalar;

/// Whether fields that hold their default are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defaults {
    /// They are: for replies.
    Shown,
    /// They are not: for details of errors.
    Left,
}

/// Writes a message. Fails where it holds what JSON cannot say (a time beyond the year 9999).
pub fn write(message: &DynamicMessage, defaults: Defaults) -> Result<String, serde_json::Error> {
    serde_json::to_string(&MessageJson { message, defaults })
}

/// Writes one field's value.
pub fn write_value(
    value: &Value,
    kind: &Kind,
    defaults: Defaults,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&ValueJson { value, kind, defaults })
}

struct MessageJson<'a> {
    message: &'a DynamicMessage,
    defaults: Defaults,
}

struct ValueJson<'a> {
    value: &'a Value,
    kind: &'a Kind,
    defaults: Defaults,
}

impl Serialize for MessageJson<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let kind = self.message.descriptor();
        if kind.full_name() == "google.protobuf.Any" {
            return self.any(out);
        }
        if scalar::is_well_known(&kind) {
            return self.message.serialize_with_options(out, &SerializeOptions::new());
        }
        let mut members = out.serialize_map(None)?;
        self.fields(&mut members)?;
        members.end()
    }
}

impl MessageJson<'_> {
    fn fields<M: SerializeMap>(&self, members: &mut M) -> Result<(), M::Error> {
        for field in self.message.descriptor().fields() {
            let shown = self.defaults == Defaults::Shown && !field.supports_presence();
            if shown || self.message.has_field(&field) {
                let value = self.message.get_field(&field);
                let value =
                    ValueJson { value: &value, kind: &field.kind(), defaults: self.defaults };
                members.serialize_entry(field.json_name(), &value)?;
            }
        }
        Ok(())
    }

    fn any<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let type_url = self.message.get_field_by_name("type_url");
        let type_url = type_url.as_ref().and_then(|value| value.as_str()).unwrap_or_default();
        let bytes = self.message.get_field_by_name("value");
        let bytes = bytes.as_ref().and_then(|value| value.as_bytes()).cloned().unwrap_or_default();
        let name = type_url.rsplit('/').next().unwrap_or_default();
        let pool = self.message.descriptor().parent_pool().clone();
        let inside = pool
            .get_message_by_name(name)
            .and_then(|kind| DynamicMessage::decode(kind, bytes.clone()).ok());
        let mut members = out.serialize_map(None)?;
        members.serialize_entry("@type", type_url)?;
        match &inside {
            Some(message) if scalar::is_well_known(&message.descriptor()) => {
                let value = MessageJson { message, defaults: self.defaults };
                members.serialize_entry("value", &value)?;
            }
            Some(message) => {
                MessageJson { message, defaults: self.defaults }.fields(&mut members)?;
            }
            None => members.serialize_entry("value", &BASE64_STANDARD.encode(&bytes))?,
        }
        members.end()
    }
}

impl Serialize for ValueJson<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::Bool(value) => out.serialize_bool(*value),
            Value::I32(value) => out.serialize_i32(*value),
            Value::U32(value) => out.serialize_u32(*value),
            Value::I64(value) => out.collect_str(value),
            Value::U64(value) => out.collect_str(value),
            Value::F32(value) if value.is_finite() => out.serialize_f32(*value),
            Value::F64(value) if value.is_finite() => out.serialize_f64(*value),
            Value::F32(value) => out.serialize_str(special(f64::from(*value))),
            Value::F64(value) => out.serialize_str(special(*value)),
            Value::String(value) => out.serialize_str(value),
            Value::Bytes(value) => out.collect_str(&Base64Display::new(value, &BASE64_STANDARD)),
            Value::EnumNumber(number) => match self.kind {
                Kind::Enum(one) if one.full_name() == "google.protobuf.NullValue" => {
                    out.serialize_none()
                }
                Kind::Enum(one) => match one.get_value(*number) {
                    Some(value) => out.serialize_str(value.name()),
                    None => out.serialize_i32(*number),
                },
                _ => out.serialize_i32(*number),
            },
            Value::Message(message) => {
                MessageJson { message, defaults: self.defaults }.serialize(out)
            }
            Value::List(values) => {
                let mut items = out.serialize_seq(Some(values.len()))?;
                for value in values {
                    items.serialize_element(&ValueJson { value, ..*self })?;
                }
                items.end()
            }
            Value::Map(values) => self.entries(values.iter().collect(), out),
        }
    }
}

impl ValueJson<'_> {
    fn entries<S: Serializer>(
        &self,
        mut entries: Vec<(&MapKey, &Value)>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        entries.sort_by_key(|(key, _)| *key);
        let kind = match self.kind {
            Kind::Message(entry) if entry.is_map_entry() => entry.map_entry_value_field().kind(),
            other => other.clone(),
        };
        let mut members = out.serialize_map(Some(entries.len()))?;
        for (key, value) in entries {
            let name = match key {
                MapKey::Bool(key) => key.to_string(),
                MapKey::I32(key) => key.to_string(),
                MapKey::I64(key) => key.to_string(),
                MapKey::U32(key) => key.to_string(),
                MapKey::U64(key) => key.to_string(),
                MapKey::String(key) => key.clone(),
            };
            let value = ValueJson { value, kind: &kind, defaults: self.defaults };
            members.serialize_entry(&name, &value)?;
        }
        members.end()
    }
}

fn special(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}
