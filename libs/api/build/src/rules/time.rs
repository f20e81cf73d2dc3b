//! Rules of timestamps and durations. `value` is a reference to the prost-types message, whose form
//! is always checked; rules that need the present time are left to handlers, which know the clock.

use anyhow::{Context, Result, ensure};
use prost_reflect::{DynamicMessage, Value};

use super::{Check, unsupported};

/// The check that every timestamp or duration gets.
pub fn form(type_name: &str) -> Check {
    let (check, what) = match type_name {
        "google.protobuf.Timestamp" => ("timestamp", "a time of the years 1 to 9999"),
        _ => ("duration", "a span of at most 10,000 years"),
    };
    let broken = format!("!::kefu_api_common::check::{check}(value)");
    Check::new(broken, format!("{check}.form"), format!("must be {what}"))
}

/// The checks of a `TimestampRules`.
pub fn timestamp(rules: &DynamicMessage) -> Result<Vec<Check>> {
    bounds(rules, "timestamp", ["", " before ", " not after ", " after ", " not before "])
}

/// The checks of a `DurationRules`.
pub fn duration(rules: &DynamicMessage) -> Result<Vec<Check>> {
    bounds(rules, "duration", [" ", " less than ", " at most ", " more than ", " at least "])
}

fn bounds(rules: &DynamicMessage, group: &str, words: [&str; 5]) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    let mut low = None;
    let mut high = None;
    for (rule, value) in rules.fields() {
        let name = rule.name();
        let (holds, word) = match name {
            "example" => continue,
            "const" => ("==", words[0]),
            "lt" => ("<", words[1]),
            "lte" => ("<=", words[2]),
            "gt" => (">", words[3]),
            "gte" => (">=", words[4]),
            other => return unsupported(group, other),
        };
        let (seconds, nanos) = parts(value)?;
        match name {
            "gt" | "gte" => low = Some((seconds, nanos)),
            "lt" | "lte" => high = Some((seconds, nanos)),
            _ => {}
        }
        let broken = format!("!((value.seconds, value.nanos) {holds} ({seconds}, {nanos}))");
        let must = format!("must be{word}{}", shown(group, seconds, nanos));
        checks.push(Check::new(broken, format!("{group}.{name}"), must));
    }
    if let (Some(low), Some(high)) = (low, high) {
        ensure!(low <= high, "the lower bound of `{group}` is above the upper one");
    }
    Ok(checks)
}

fn parts(value: &Value) -> Result<(i64, i32)> {
    let value = value.as_message().context("a bound of time is a message")?;
    let part = |name| value.get_field_by_name(name).map(std::borrow::Cow::into_owned);
    let seconds = part("seconds").and_then(|value| value.as_i64()).unwrap_or_default();
    let nanos = part("nanos").and_then(|value| value.as_i32()).unwrap_or_default();
    Ok((seconds, nanos))
}

fn shown(group: &str, seconds: i64, nanos: i32) -> String {
    let fraction = if nanos == 0 { String::new() } else { format!(".{:09}", nanos.unsigned_abs()) };
    match group {
        "timestamp" => format!("second {seconds}{fraction} since 1970"),
        _ => format!("{seconds}{fraction} seconds"),
    }
}
