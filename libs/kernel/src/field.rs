//! Fields that a company adds to what Kefu has: of what kinds there are, and whether values fit.
//!
//! Definitions are data of the service whose things have the fields; they are checked once, at start, by
//! [`check_definitions`]. Values are checked by every verb that takes some.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fault::summary;
use crate::{Fault, FaultKind, FieldViolation, Timestamp};

/// A value of a field. Free text is personal data; the others are facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldValue {
    /// Free text.
    Text(String),
    /// The code of one of the choices that the definition lists.
    Choice(String),
    /// A whole number; the field's name tells the unit.
    Integer(i64),
    /// Yes or no.
    Flag(bool),
    /// An instant.
    Time(Timestamp),
}

/// The values of one thing's fields, by code.
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

/// A field, as its data file declares it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDefinition {
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
    /// Whether a new thing must have it.
    #[serde(default)]
    pub required: bool,
}

/// Fields that there are not, or that have a value of another kind, or none (CUSTOM_FIELD_INVALID): all of
/// them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", summary(.0))]
pub struct FieldsInvalid(pub Vec<FieldViolation>);

impl Fault for FieldsInvalid {
    fn kind(&self) -> FaultKind {
        FaultKind::Invalid
    }

    fn reason(&self) -> &'static str {
        "CUSTOM_FIELD_INVALID"
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        self.0.clone()
    }
}

/// Refuses values that fit none of the `definitions`; names all of them. `of` says whose fields they are,
/// for people, such as "type `complaint`".
///
/// # Errors
///
/// Every value that does not fit.
pub fn check_values(
    definitions: &[FieldDefinition],
    of: &str,
    values: &Fields,
) -> Result<(), FieldsInvalid> {
    let wrong = values.iter().filter_map(|(code, value)| {
        match definitions.iter().find(|field| field.code == *code) {
            Some(field) => field.check(value),
            None => Some(wrong(code, "unknown_field", &format!("{of} has no such field"))),
        }
    });
    none_of(wrong.collect())
}

/// Refuses a thing whose required fields do not all have a value; names all of them.
///
/// # Errors
///
/// Every field that is missing.
pub fn check_required(
    definitions: &[FieldDefinition],
    values: &Fields,
) -> Result<(), FieldsInvalid> {
    let missing =
        definitions.iter().filter(|field| field.required && !values.contains_key(&field.code));
    none_of(missing.map(|field| wrong(&field.code, "required", "must have a value")).collect())
}

/// Codes of the fields whose values differ.
pub fn changed<'a>(before: &'a Fields, after: &'a Fields) -> impl Iterator<Item = &'a str> {
    let gone = before.keys().filter(|code| !after.contains_key(*code));
    let new = after.iter().filter(|(code, value)| before.get(*code) != Some(*value));
    gone.chain(new.map(|(code, _)| code)).map(String::as_str)
}

/// Says what is wrong with definitions, if anything is: a code twice or one of `reserved`, a name that is
/// missing, choices where there are none.
///
/// # Errors
///
/// The first mistake, as a sentence.
pub fn check_definitions(definitions: &[FieldDefinition], reserved: &[&str]) -> Result<(), String> {
    for (index, field) in definitions.iter().enumerate() {
        let code = &field.code;
        check_code(code)?;
        check_names(&format!("field `{code}`"), &field.names)?;
        if reserved.contains(&code.as_str()) {
            return Err(format!("field `{code}` has the name of a field that everything has"));
        }
        if definitions[..index].iter().any(|other| other.code == *code) {
            return Err(format!("field `{code}` is there twice"));
        }
        if (field.kind == FieldKind::Choice) == field.choices.is_empty() {
            return Err(format!("field `{code}` has choices if and only if its kind is choice"));
        }
        field.choices.iter().try_for_each(|choice| check_code(choice))?;
    }
    Ok(())
}

/// Codes are those that requests may carry: `^[a-z0-9][a-z0-9_.-]{0,63}$`.
///
/// # Errors
///
/// A sentence, where it is none.
pub fn check_code(code: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = code.len() <= 64
        && code.starts_with(plain)
        && code.chars().all(|c| plain(c) || "_.-".contains(c));
    if good { Ok(()) } else { Err(format!("`{code}` is not a code: a-z, 0-9, `_`, `.`, `-`")) }
}

/// What is shipped has a name in English, Spanish and Chinese.
///
/// # Errors
///
/// A sentence that begins with `what`, where one is missing.
pub fn check_names(what: &str, names: &BTreeMap<String, String>) -> Result<(), String> {
    for language in ["en", "es", "zh"] {
        if names.get(language).is_none_or(|name| name.trim().is_empty()) {
            return Err(format!("{what} has no name in `{language}`"));
        }
    }
    Ok(())
}

impl FieldDefinition {
    fn check(&self, value: &FieldValue) -> Option<FieldViolation> {
        let wrong = |reason, description: &str| Some(wrong(&self.code, reason, description));
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
            _ => wrong("other_kind", "has a value of another kind than its definition"),
        }
    }
}

fn wrong(code: &str, reason: &str, description: &str) -> FieldViolation {
    FieldViolation::new(format!("fields.{code}"), reason, description)
}

fn none_of(wrong: Vec<FieldViolation>) -> Result<(), FieldsInvalid> {
    if wrong.is_empty() { Ok(()) } else { Err(FieldsInvalid(wrong)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definitions() -> Vec<FieldDefinition> {
        let names = ["en", "es", "zh"].map(|language| (language.to_owned(), "A name".to_owned()));
        let field = |code: &str, kind, choices: &[&str], required| FieldDefinition {
            code: code.into(),
            names: names.clone().into(),
            kind,
            choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
            filterable: false,
            required,
        };
        vec![
            field("flight", FieldKind::Text, &[], true),
            field("class", FieldKind::Choice, &["first", "second"], false),
        ]
    }

    fn values<const N: usize>(values: [(&str, FieldValue); N]) -> Fields {
        values.map(|(code, value)| (code.to_owned(), value)).into()
    }

    #[test]
    fn every_value_that_does_not_fit_is_named() {
        let given = values([
            ("class", FieldValue::Choice("third".into())),
            ("flight", FieldValue::Integer(7)),
            ("seat", FieldValue::Text("7A".into())),
        ]);
        let refused = check_values(&definitions(), "type `trip`", &given).unwrap_err();
        let told: Vec<_> =
            refused.0.iter().map(|v| (v.field.as_str(), v.reason.as_str())).collect();
        assert_eq!(
            told,
            [
                ("fields.class", "unknown_choice"),
                ("fields.flight", "other_kind"),
                ("fields.seat", "unknown_field"),
            ]
        );
        let fitting = values([("class", FieldValue::Choice("first".into()))]);
        assert_eq!(check_values(&definitions(), "type `trip`", &fitting), Ok(()));
        let missing = check_required(&definitions(), &fitting).unwrap_err();
        assert_eq!(missing.0[0].field, "fields.flight");
    }

    #[test]
    fn what_was_added_changed_or_taken_away_is_named() {
        let before = values([("a", FieldValue::Flag(true)), ("b", FieldValue::Flag(true))]);
        let after = values([("b", FieldValue::Flag(false)), ("c", FieldValue::Flag(true))]);
        assert_eq!(changed(&before, &after).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(changed(&after, &after).count(), 0);
    }

    #[test]
    fn a_wrong_definition_is_told_in_a_sentence() {
        let refused = |spoil: fn(&mut Vec<FieldDefinition>)| {
            let mut given = definitions();
            spoil(&mut given);
            check_definitions(&given, &["cause"]).unwrap_err()
        };
        assert_eq!(check_definitions(&definitions(), &["cause"]), Ok(()));
        assert!(refused(|given| given[0].code = "A".into()).contains("not a code"));
        assert!(refused(|given| given[0].code = "cause".into()).contains("everything has"));
        assert!(refused(|given| given[1].code = "flight".into()).contains("twice"));
        assert!(refused(|given| given[1].choices.clear()).contains("choices"));
        assert!(refused(|given| drop(given[0].names.remove("zh"))).contains("`zh`"));
    }
}
