//! The standard rules of buf/validate/validate.proto (without CEL) as conditions in Rust.
//!
//! Each function walks the rules that are set on a value and answers with one [`Check`] per rule; one
//! that it does not know is an error, so that no rule is ever written and not enforced.

mod choice;
mod collection;
mod number;
mod text;
mod time;

use anyhow::{Result, bail};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, Value};

use crate::options::nested;

pub use collection::{map, repeated};
pub use text::{longest_match, no_nul};
pub use time::form;

/// One condition that a value must meet.
pub struct Check {
    /// When the rule is broken.
    pub broken: Broken,
    /// The rule's stable name, such as `string.max_len`.
    pub rule: String,
    /// What the value must be, as a sentence without its subject.
    pub text: String,
}

/// When a rule is broken.
pub enum Broken {
    /// Where this Rust expression over `value` is true.
    If(String),
    /// Where this regular expression is not found in `value`.
    Unmatched(String),
}

impl From<String> for Broken {
    fn from(condition: String) -> Self {
        Self::If(condition)
    }
}

impl Check {
    fn new(broken: impl Into<Broken>, rule: impl Into<String>, text: impl Into<String>) -> Self {
        Self { broken: broken.into(), rule: rule.into(), text: text.into() }
    }
}

/// When the rules of a field hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ignore {
    /// Where the field is set, if it tells that; else always.
    Unset,
    /// Where the field is not empty.
    Zero,
    /// Never.
    Always,
}

/// The field's `ignore`, and whether it is required.
pub fn presence(rules: &DynamicMessage) -> Result<(Ignore, bool)> {
    let required = crate::options::flag(rules, "required").unwrap_or(false);
    let number = if rules.has_field_by_name("ignore") {
        rules.get_field_by_name("ignore").and_then(|value| value.as_enum_number())
    } else {
        None
    };
    match number {
        None | Some(0) => Ok((Ignore::Unset, required)),
        Some(1) => Ok((Ignore::Zero, required)),
        Some(3) => Ok((Ignore::Always, required)),
        Some(other) => bail!("`ignore` has the unknown value {other}"),
    }
}

/// The checks of one value of `field`'s kind (an item, where the field is a list).
pub fn of_value(rules: &DynamicMessage, field: &FieldDescriptor) -> Result<Vec<Check>> {
    let kind = field.kind();
    let group = group_of(&kind)?;
    for (set, _) in rules.fields() {
        match set.name() {
            "required" | "ignore" => {}
            name if Some(name) == group => {}
            name => bail!("the rule `{name}` is not supported on this kind of value"),
        }
    }
    let Some(rules) = group.and_then(|group| nested(rules, group)) else {
        return Ok(Vec::new());
    };
    match kind {
        Kind::String => text::string(&rules),
        Kind::Bytes => text::bytes(&rules),
        Kind::Bool => choice::bool(&rules),
        Kind::Enum(kind) => choice::one_of(&rules, &kind),
        Kind::Message(message) => match message.full_name() {
            "google.protobuf.Timestamp" => time::timestamp(&rules),
            "google.protobuf.Duration" => time::duration(&rules),
            _ => bail!("rules on {} are not supported", message.full_name()),
        },
        kind => number::number(&rules, &kind),
    }
}

/// The name of the rules that fit a kind; none for messages, which have rules inside.
fn group_of(kind: &Kind) -> Result<Option<&'static str>> {
    Ok(Some(match kind {
        Kind::String => "string",
        Kind::Bytes => "bytes",
        Kind::Bool => "bool",
        Kind::Enum(_) => "enum",
        Kind::Message(message) => match message.full_name() {
            "google.protobuf.Timestamp" => "timestamp",
            "google.protobuf.Duration" => "duration",
            _ => return Ok(None),
        },
        number => return Ok(Some(number::rust_type(number)?.0)),
    }))
}

/// Refuses a rule, by name.
fn unsupported<T>(group: &str, rule: &str) -> Result<T> {
    bail!("the rule `{group}.{rule}` is not supported")
}

/// A list of values as Rust alternatives: `1 | 2`.
fn alternatives(values: &Value, literal: impl Fn(&Value) -> Result<String>) -> Result<String> {
    let values = values.as_list().unwrap_or_default();
    let literals: Result<Vec<_>> = values.iter().map(literal).collect();
    Ok(literals?.join(" | "))
}

/// A list of values for a person: `a, b`.
fn listed(values: &Value, show: impl Fn(&Value) -> String) -> String {
    let values = values.as_list().unwrap_or_default();
    values.iter().map(show).collect::<Vec<_>>().join(", ")
}

/// `1 character`, `2 characters`.
fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
