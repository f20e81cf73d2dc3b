//! Rules of numbers. `value` is the number itself.

use anyhow::{Result, bail, ensure};
use prost_reflect::{DynamicMessage, Kind, Value};

use super::{Check, listed, unsupported};

/// The checks of an `Int32Rules` and its kin.
pub fn number(rules: &DynamicMessage, kind: &Kind) -> Result<Vec<Check>> {
    let (group, rust) = rust_type(kind)?;
    let mut checks = Vec::new();
    no_outer_range(rules, group)?;
    for (rule, value) in rules.fields() {
        let name = rule.name();
        let (broken, must) = match name {
            "example" => continue,
            "const" => compare("==", value, rust, "must be")?,
            "lt" => compare("<", value, rust, "must be less than")?,
            "lte" => compare("<=", value, rust, "must be at most")?,
            "gt" => compare(">", value, rust, "must be greater than")?,
            "gte" => compare(">=", value, rust, "must be at least")?,
            "in" => (
                format!("![{}].contains(&value)", list(value, rust)?),
                format!("must be one of {}", listed(value, show)),
            ),
            "not_in" => (
                format!("[{}].contains(&value)", list(value, rust)?),
                format!("must not be one of {}", listed(value, show)),
            ),
            "finite" if value.as_bool() == Some(true) => {
                ("!value.is_finite()".to_owned(), "must be a finite number".to_owned())
            }
            other => return unsupported(group, other),
        };
        checks.push(Check::new(broken, format!("{group}.{name}"), must));
    }
    Ok(checks)
}

/// The rules' name and the Rust type of a kind of number.
pub fn rust_type(kind: &Kind) -> Result<(&'static str, &'static str)> {
    Ok(match kind {
        Kind::Double => ("double", "f64"),
        Kind::Float => ("float", "f32"),
        Kind::Int32 => ("int32", "i32"),
        Kind::Int64 => ("int64", "i64"),
        Kind::Uint32 => ("uint32", "u32"),
        Kind::Uint64 => ("uint64", "u64"),
        Kind::Sint32 => ("sint32", "i32"),
        Kind::Sint64 => ("sint64", "i64"),
        Kind::Fixed32 => ("fixed32", "u32"),
        Kind::Fixed64 => ("fixed64", "u64"),
        Kind::Sfixed32 => ("sfixed32", "i32"),
        Kind::Sfixed64 => ("sfixed64", "i64"),
        other => bail!("{other:?} is no number"),
    })
}

/// A lower bound above the upper one means "outside" to protovalidate; nobody expects that.
pub fn no_outer_range(rules: &DynamicMessage, group: &str) -> Result<()> {
    let bound = |names: [&str; 2]| {
        let set = names.iter().find(|name| rules.has_field_by_name(name));
        set.and_then(|name| rules.get_field_by_name(name)).and_then(|value| order(&value))
    };
    if let (Some(low), Some(high)) = (bound(["gt", "gte"]), bound(["lt", "lte"])) {
        ensure!(low <= high, "the lower bound of `{group}` is above the upper one");
    }
    Ok(())
}

fn order(value: &Value) -> Option<f64> {
    show(value).parse().ok()
}

fn compare(holds: &str, value: &Value, rust: &str, must: &str) -> Result<(String, String)> {
    Ok((format!("!(value {holds} {})", literal(value, rust)?), format!("{must} {}", show(value))))
}

fn list(values: &Value, rust: &str) -> Result<String> {
    let values = values.as_list().unwrap_or_default();
    let literals: Result<Vec<_>> = values.iter().map(|value| literal(value, rust)).collect();
    Ok(literals?.join(", "))
}

fn literal(value: &Value, rust: &str) -> Result<String> {
    let number = show(value);
    ensure!(!number.is_empty() && !number.contains("inf"), "a bound is a finite number");
    Ok(format!("{number}_{rust}"))
}

fn show(value: &Value) -> String {
    match value {
        Value::I32(number) => number.to_string(),
        Value::I64(number) => number.to_string(),
        Value::U32(number) => number.to_string(),
        Value::U64(number) => number.to_string(),
        Value::F32(number) => number.to_string(),
        Value::F64(number) => number.to_string(),
        _ => String::new(),
    }
}
