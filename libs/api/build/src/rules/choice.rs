//! Rules of enums and truth values. `value` is the enum's number or the bool itself.

use anyhow::Result;
use prost_reflect::{DynamicMessage, EnumDescriptor, Value};

use super::{Check, alternatives, listed, unsupported};

/// The checks of a `BoolRules`.
pub fn bool(rules: &DynamicMessage) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    for (rule, value) in rules.fields() {
        match (rule.name(), value.as_bool()) {
            ("example", _) => {}
            ("const", Some(wanted)) => {
                let must = format!("must be {wanted}");
                checks.push(Check::new(format!("value != {wanted}"), "bool.const", must));
            }
            (other, _) => return unsupported("bool", other),
        }
    }
    Ok(checks)
}

/// The checks of an `EnumRules`.
pub fn one_of(rules: &DynamicMessage, kind: &EnumDescriptor) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    let show = |value: &Value| name_of(kind, value.as_i32().unwrap_or_default());
    let number = |value: &Value| Ok(value.as_i32().unwrap_or_default().to_string());
    for (rule, value) in rules.fields() {
        let name = rule.name();
        let (broken, must) = match name {
            "example" => continue,
            "const" => (format!("value != {}", number(value)?), format!("must be {}", show(value))),
            "defined_only" if value.as_bool() == Some(false) => continue,
            "defined_only" => defined_only(kind),
            "in" => {
                let allowed = alternatives(value, number)?;
                (
                    format!("!matches!(value, {allowed})"),
                    format!("must be one of {}", listed(value, show)),
                )
            }
            "not_in" => {
                let refused = alternatives(value, number)?;
                (
                    format!("matches!(value, {refused})"),
                    format!("must not be {}", listed(value, show)),
                )
            }
            other => return unsupported("enum", other),
        };
        checks.push(Check::new(broken, format!("enum.{name}"), must));
    }
    Ok(checks)
}

fn defined_only(kind: &EnumDescriptor) -> (String, String) {
    let numbers: Vec<String> = kind.values().map(|value| value.number().to_string()).collect();
    let broken = format!("!matches!(value, {})", numbers.join(" | "));
    (broken, format!("must be one of the values of {}", kind.name()))
}

fn name_of(kind: &EnumDescriptor, number: i32) -> String {
    kind.get_value(number).map_or(number.to_string(), |value| value.name().to_owned())
}
