//! Rules of strings and bytes. `value` is a `&str` or a `&[u8]`.

use anyhow::{Context, Result, bail, ensure};
use prost_reflect::{DynamicMessage, Value};

use super::{Broken, Check, alternatives, count, listed, unsupported};

/// What every text must keep to: PostgreSQL has no U+0000 in its texts.
pub fn no_nul() -> Check {
    let broken = "value.contains('\\0')".to_owned();
    Check::new(broken, "string.no_nul", "must not contain the character U+0000")
}

/// The checks of a `StringRules`.
pub fn string(rules: &DynamicMessage) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    for (rule, value) in rules.fields() {
        let name = rule.name();
        let number = value.as_u64().unwrap_or(0);
        let text = value.as_str().unwrap_or_default();
        let characters = count(number, "character");
        let bytes = count(number, "byte");
        let (broken, must) = match name {
            "example" => continue,
            "const" => (format!("value != {text:?}"), format!("must be `{text}`")),
            "len" => (
                format!("value.chars().count() != {number}"),
                format!("must have exactly {characters}"),
            ),
            "min_len" => min_len(number, &characters),
            // As many bytes at most are as many characters at most: only longer texts are counted.
            "max_len" => (
                format!("value.len() > {number} && value.chars().count() > {number}"),
                format!("must have at most {characters}"),
            ),
            "len_bytes" => {
                (format!("value.len() != {number}"), format!("must have exactly {bytes}"))
            }
            "min_bytes" => {
                (format!("value.len() < {number}"), format!("must have at least {bytes}"))
            }
            "max_bytes" => {
                (format!("value.len() > {number}"), format!("must have at most {bytes}"))
            }
            "pattern" => {
                checks.push(pattern(text)?);
                continue;
            }
            "prefix" => {
                (format!("!value.starts_with({text:?})"), format!("must begin with `{text}`"))
            }
            "suffix" => (format!("!value.ends_with({text:?})"), format!("must end with `{text}`")),
            "contains" => (format!("!value.contains({text:?})"), format!("must contain `{text}`")),
            "not_contains" => {
                (format!("value.contains({text:?})"), format!("must not contain `{text}`"))
            }
            "in" => (
                format!("!matches!(value, {})", literals(value)?),
                format!("must be one of {}", listed(value, show)),
            ),
            "not_in" => (
                format!("matches!(value, {})", literals(value)?),
                format!("must not be one of {}", listed(value, show)),
            ),
            "email" if value.as_bool() == Some(true) => well_known("email", "an e-mail address"),
            "uuid" if value.as_bool() == Some(true) => well_known("uuid", "a UUID"),
            other => return unsupported("string", other),
        };
        checks.push(Check::new(broken, format!("string.{name}"), must));
    }
    Ok(checks)
}

/// The checks of a `BytesRules`.
pub fn bytes(rules: &DynamicMessage) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    for (rule, value) in rules.fields() {
        let name = rule.name();
        let number = value.as_u64().unwrap_or(0);
        let bytes = count(number, "byte");
        let (broken, must) = match name {
            "example" => continue,
            "len" => (format!("value.len() != {number}"), format!("must have exactly {bytes}")),
            "min_len" => (format!("value.len() < {number}"), format!("must have at least {bytes}")),
            "max_len" => (format!("value.len() > {number}"), format!("must have at most {bytes}")),
            other => return unsupported("bytes", other),
        };
        checks.push(Check::new(broken, format!("bytes.{name}"), must));
    }
    Ok(checks)
}

/// The kind of a TypeID, where the pattern is that of one; it is checked without an expression.
pub fn type_id_kind(pattern: &str) -> Option<&str> {
    let kind = pattern.strip_prefix('^')?.strip_suffix("_[0-7][0-9a-hjkmnp-tv-z]{25}$")?;
    (!kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase())).then_some(kind)
}

/// How many bytes a text that matches can have at most; none: any number.
pub fn longest_match(pattern: &str) -> Result<Option<usize>> {
    let parsed =
        regex_syntax::parse(pattern).with_context(|| format!("the pattern `{pattern}`"))?;
    let anchored = pattern.starts_with('^') && pattern.ends_with('$');
    Ok(parsed.properties().maximum_len().filter(|_| anchored))
}

fn min_len(number: u64, characters: &str) -> (String, String) {
    let broken = if number == 1 {
        "value.is_empty()".to_owned()
    } else {
        format!("value.chars().count() < {number}")
    };
    (broken, format!("must have at least {characters}"))
}

fn pattern(pattern: &str) -> Result<Check> {
    let rule = "string.pattern";
    if let Some(kind) = type_id_kind(pattern) {
        let broken = format!("!::kefu_api_common::check::type_id(value, {kind:?})");
        return Ok(Check::new(broken, rule, format!("must be an id of the form {kind}_…")));
    }
    longest_match(pattern)?;
    for class in ["\\d", "\\w", "\\s", "\\b", "\\D", "\\W", "\\S", "\\B"] {
        ensure!(
            !pattern.contains(class),
            "`{class}` means more in Rust than in RE2: spell the set out"
        );
    }
    let broken = Broken::Unmatched(pattern.to_owned());
    Ok(Check::new(broken, rule, format!("must match `{pattern}`")))
}

fn well_known(check: &str, what: &str) -> (String, String) {
    (format!("!::kefu_api_common::check::{check}(value)"), format!("must be {what}"))
}

fn literals(values: &Value) -> Result<String> {
    alternatives(values, |value| match value.as_str() {
        Some(text) => Ok(format!("{text:?}")),
        None => bail!("a list of strings holds strings"),
    })
}

fn show(value: &Value) -> String {
    format!("`{}`", value.as_str().unwrap_or_default())
}
