//! Single values: from the text of a path or query parameter, and from JSON, by the canonical JSON
//! mapping of Protocol Buffers (<https://protobuf.dev/programming-guides/json/>).
//!
//! Errors are sentences that begin with "expected"; they never repeat the value.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use prost_reflect::{DynamicMessage, EnumDescriptor, Kind, MessageDescriptor, Value};
use serde::de::DeserializeSeed as _;
use serde_json::Value as Json;

/// Whether one parameter can carry a value of this kind.
pub fn fits_text(kind: &Kind) -> bool {
    match kind {
        Kind::Message(message) => text_message(message).is_some() || wrapped(message).is_some(),
        _ => true,
    }
}

/// Reads a path or query parameter.
pub fn from_text(kind: &Kind, text: &str) -> Result<Value, String> {
    match kind {
        Kind::Bool => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err("expected true or false".into()),
        },
        Kind::Enum(one) => match text.parse() {
            Ok(number) => Ok(Value::EnumNumber(number)),
            Err(_) => from_json(kind, &Json::from(text)).map_err(|_| expected_name(one)),
        },
        Kind::Message(message) => match wrapped(message) {
            Some(inner) => Ok(wrap(message, from_text(&inner, text)?)),
            None => from_json(kind, &Json::from(text)),
        },
        _ => from_json(kind, &Json::from(text)),
    }
}

/// Reads a JSON value that is neither null, nor a list, nor a message with fields.
pub fn from_json(kind: &Kind, json: &Json) -> Result<Value, String> {
    match kind {
        Kind::Double => double(json).map(Value::F64),
        Kind::Float => float(json).map(Value::F32),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => integer(json, "32").map(Value::I32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => integer(json, "64").map(Value::I64),
        Kind::Uint32 | Kind::Fixed32 => integer(json, "32 unsigned").map(Value::U32),
        Kind::Uint64 | Kind::Fixed64 => integer(json, "64 unsigned").map(Value::U64),
        Kind::Bool => {
            json.as_bool().map(Value::Bool).ok_or_else(|| "expected true or false".into())
        }
        Kind::String => match json {
            Json::String(text) => Ok(Value::String(text.clone())),
            _ => Err("expected a string".into()),
        },
        Kind::Bytes => json
            .as_str()
            .and_then(base64)
            .map(|bytes| Value::Bytes(bytes.into()))
            .ok_or_else(|| "expected a string of base64".into()),
        Kind::Enum(one) => enumeration(one, json),
        Kind::Message(message) => well_known(message, json),
    }
}

/// Whether JSON writes messages of this type in a form of their own instead of as their fields.
pub fn is_well_known(message: &MessageDescriptor) -> bool {
    let other_forms = ["Any", "Struct", "ListValue", "Value", "Empty"];
    wrapped(message).is_some()
        || text_message(message).is_some()
        || of_google(message).is_some_and(|name| other_forms.contains(&name))
}

/// What a text form of a message looks like; none for messages without one.
fn text_message(message: &MessageDescriptor) -> Option<&'static str> {
    match of_google(message)? {
        "Timestamp" => Some("expected a time such as \"2026-01-31T08:00:00Z\""),
        "Duration" => Some("expected a duration in seconds such as \"1.5s\""),
        "FieldMask" => Some("expected names of fields, separated by commas"),
        _ => None,
    }
}

/// The kind inside one of the wrappers of `google/protobuf/wrappers.proto`.
pub fn wrapped(message: &MessageDescriptor) -> Option<Kind> {
    match of_google(message)? {
        "DoubleValue" => Some(Kind::Double),
        "FloatValue" => Some(Kind::Float),
        "Int64Value" => Some(Kind::Int64),
        "UInt64Value" => Some(Kind::Uint64),
        "Int32Value" => Some(Kind::Int32),
        "UInt32Value" => Some(Kind::Uint32),
        "BoolValue" => Some(Kind::Bool),
        "StringValue" => Some(Kind::String),
        "BytesValue" => Some(Kind::Bytes),
        _ => None,
    }
}

fn of_google(message: &MessageDescriptor) -> Option<&str> {
    message.full_name().strip_prefix("google.protobuf.")
}

fn wrap(message: &MessageDescriptor, value: Value) -> Value {
    let mut wrapper = DynamicMessage::new(message.clone());
    wrapper.set_field_by_name("value", value);
    Value::Message(wrapper)
}

fn well_known(message: &MessageDescriptor, json: &Json) -> Result<Value, String> {
    if let Some(inner) = wrapped(message) {
        return Ok(wrap(message, from_json(&inner, json)?));
    }
    if of_google(message) == Some("FieldMask") {
        return field_mask(message, json);
    }
    let expected = text_message(message);
    if expected.is_some() && !json.is_string() {
        return Err(expected.unwrap_or_default().into());
    }
    message.clone().deserialize(json).map(Value::Message).map_err(|_| {
        expected.map_or_else(|| format!("expected a {}", message.full_name()), str::to_owned)
    })
}

/// Paths in camelCase, as JSON has them, or in snake_case, as the protos have them.
fn field_mask(message: &MessageDescriptor, json: &Json) -> Result<Value, String> {
    let text = json.as_str().filter(|text| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ',' | '*'))
    });
    let expected = || text_message(message).unwrap_or_default().to_owned();
    let mut paths = Vec::new();
    for path in text.ok_or_else(expected)?.split(',').filter(|path| !path.is_empty()) {
        let mut snake = String::with_capacity(path.len() + 4);
        for c in path.chars() {
            if c.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        }
        paths.push(Value::String(snake));
    }
    let mut mask = DynamicMessage::new(message.clone());
    mask.set_field_by_name("paths", Value::List(paths));
    Ok(Value::Message(mask))
}

fn enumeration(one: &EnumDescriptor, json: &Json) -> Result<Value, String> {
    let number = match json {
        Json::Null if one.full_name() == "google.protobuf.NullValue" => Some(0),
        Json::String(name) => one.get_value_by_name(name).map(|value| value.number()),
        Json::Number(_) => integer::<i32>(json, "32").ok(),
        _ => None,
    };
    number.map(Value::EnumNumber).ok_or_else(|| expected_name(one))
}

/// More names than these are not listed.
const MOST_NAMES: usize = 30;

fn expected_name(one: &EnumDescriptor) -> String {
    let names: Vec<String> =
        one.values().take(MOST_NAMES).map(|value| value.name().to_owned()).collect();
    format!("expected one of {}", names.join(", "))
}

/// An integer from a JSON number without fraction, or from decimal text.
fn integer<T>(json: &Json, bits: &str) -> Result<T, String>
where
    T: TryFrom<i128> + std::str::FromStr,
{
    let found = match json {
        Json::String(text) => text.parse().ok(),
        Json::Number(number) => whole(number).and_then(|whole| T::try_from(whole).ok()),
        _ => None,
    };
    found.ok_or_else(|| format!("expected an integer of {bits} bits"))
}

fn whole(number: &serde_json::Number) -> Option<i128> {
    if let Some(whole) = number.as_i64() {
        return Some(whole.into());
    }
    if let Some(whole) = number.as_u64() {
        return Some(whole.into());
    }
    let float = number.as_f64()?;
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the test before it")]
    (float.fract() == 0.0 && float.abs() < 1e30).then_some(float as i128)
}

fn double(json: &Json) -> Result<f64, String> {
    let found = match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            text => text.parse().ok().filter(|number: &f64| number.is_finite()),
        },
        _ => None,
    };
    found.ok_or_else(|| "expected a number".into())
}

fn float(json: &Json) -> Result<f32, String> {
    let wide = double(json)?;
    #[expect(clippy::cast_possible_truncation, reason = "precision is what the type gives up")]
    let narrow = wide as f32;
    if wide.is_finite() && narrow.is_infinite() {
        return Err("expected a number of 32 bits".into());
    }
    Ok(narrow)
}

/// Base64 in either alphabet, padded or not, as the canonical mapping accepts.
fn base64(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    GeneralPurpose::new(alphabet, CONFIG).decode(text).ok()
}
