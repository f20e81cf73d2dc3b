//! The fields that a type of tickets adds: what kinds there are, and whether values fit.

use std::collections::BTreeMap;

use kefu_kernel::{FieldViolation, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::{Error, violation};
use super::types::TicketType;

/// A value of a type's own field. Free text is personal data; the others are facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldValue {
    /// Free text.
    Text(String),
    /// The code of one of the choices that the type lists.
    Choice(String),
    /// A whole number; the field's name tells the unit.
    Integer(i64),
    /// Yes or no.
    Flag(bool),
    /// An instant.
    Time(Timestamp),
}

/// The values of a ticket's own fields, by code.
pub type Fields = BTreeMap<String, FieldValue>;

/// Of what kind a field's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Free text.
    Text,
    /// One of listed choices.
    Choice,
    /// A whole number.
    Integer,
    /// Yes or no.
    Flag,
    /// An instant.
    Time,
}

/// A field that a type adds, as its data file declares it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSpec {
    /// Its code.
    pub code: String,
    /// Its name by BCP 47 language.
    pub names: BTreeMap<String, String>,
    /// Of what kind its values are.
    pub kind: FieldKind,
    /// Codes of the choices, where there are such.
    #[serde(default)]
    pub choices: Vec<String>,
    /// Whether lists can be filtered by it.
    #[serde(default)]
    pub filterable: bool,
    /// Whether a new ticket must have it.
    #[serde(default)]
    pub required: bool,
}

impl FieldSpec {
    /// Says what is wrong with a value, if anything is.
    fn check(&self, value: &FieldValue) -> Option<FieldViolation> {
        let wrong = |reason, description: &str| {
            Some(violation(format!("fields.{}", self.code), reason, description))
        };
        match (self.kind, value) {
            (FieldKind::Choice, FieldValue::Choice(code)) => {
                if self.choices.contains(code) {
                    None
                } else {
                    wrong("unknown_choice", &format!("is one of {}", self.choices.join(", ")))
                }
            }
            (FieldKind::Text, FieldValue::Text(_))
            | (FieldKind::Integer, FieldValue::Integer(_))
            | (FieldKind::Flag, FieldValue::Flag(_))
            | (FieldKind::Time, FieldValue::Time(_)) => None,
            _ => wrong("other_kind", "has a value of another kind than its type declares"),
        }
    }
}

/// Refuses values that are not of the type; names all of them.
pub fn check_values(kind: &TicketType, values: &Fields) -> Result<(), Error> {
    let wrong: Vec<FieldViolation> = values
        .iter()
        .filter_map(|(code, value)| match kind.field(code) {
            Some(spec) => spec.check(value),
            None => {
                let description = format!("type `{}` has no such field", kind.code);
                Some(violation(format!("fields.{code}"), "unknown_field", description))
            }
        })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(Error::CustomFields(wrong)) }
}

/// Refuses a new ticket whose type's required fields are not all given; names all of them.
pub fn check_required(kind: &TicketType, values: &Fields) -> Result<(), Error> {
    let missing =
        kind.fields.iter().filter(|spec| spec.required && !values.contains_key(&spec.code));
    let wrong: Vec<FieldViolation> = missing
        .map(|spec| violation(format!("fields.{}", spec.code), "required", "must have a value"))
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(Error::CustomFields(wrong)) }
}
