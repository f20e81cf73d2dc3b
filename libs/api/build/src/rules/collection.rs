//! Rules of lists and maps, and of what is in them. `value` is the whole list or map.

use anyhow::{Result, bail};
use prost_reflect::{DynamicMessage, Kind};

use super::{Check, count, presence, unsupported};
use crate::options::nested;

/// What the rules of a list ask.
#[derive(Default)]
pub struct Repeated {
    /// Checks of the list.
    pub checks: Vec<Check>,
    /// The rules of each item.
    pub items: Option<DynamicMessage>,
}

/// What the rules of a map ask.
#[derive(Default)]
pub struct Map {
    /// Checks of the map.
    pub checks: Vec<Check>,
    /// The rules of each key.
    pub keys: Option<DynamicMessage>,
    /// The rules of each value.
    pub values: Option<DynamicMessage>,
}

/// Reads the rules of a list with items of `kind`.
pub fn repeated(rules: &DynamicMessage, kind: &Kind) -> Result<Repeated> {
    only(rules, "repeated")?;
    let mut read = Repeated::default();
    let Some(rules) = nested(rules, "repeated") else {
        return Ok(read);
    };
    for (rule, value) in rules.fields() {
        let number = value.as_u64().unwrap_or(0);
        let items = count(number, "item");
        let (broken, must) = match rule.name() {
            "min_items" => {
                (format!("value.len() < {number}"), format!("must have at least {items}"))
            }
            "max_items" => {
                (format!("value.len() > {number}"), format!("must have at most {items}"))
            }
            "unique" if value.as_bool() == Some(false) => continue,
            "unique" => {
                if matches!(kind, Kind::Message(_) | Kind::Float | Kind::Double) {
                    bail!("the rule `repeated.unique` is not supported on these items");
                }
                (
                    "!::kefu_api_common::check::unique(value)".to_owned(),
                    "must not hold one item twice".to_owned(),
                )
            }
            "items" => {
                read.items = nested(&rules, "items");
                continue;
            }
            other => return unsupported("repeated", other),
        };
        read.checks.push(Check::new(broken, format!("repeated.{}", rule.name()), must));
    }
    refuse_required(read.items.as_ref())?;
    Ok(read)
}

/// Reads the rules of a map.
pub fn map(rules: &DynamicMessage) -> Result<Map> {
    only(rules, "map")?;
    let mut read = Map::default();
    let Some(rules) = nested(rules, "map") else {
        return Ok(read);
    };
    for (rule, value) in rules.fields() {
        let number = value.as_u64().unwrap_or(0);
        let entries = if number == 1 { "1 entry".to_owned() } else { format!("{number} entries") };
        let (broken, must) = match rule.name() {
            "min_pairs" => {
                (format!("value.len() < {number}"), format!("must have at least {entries}"))
            }
            "max_pairs" => {
                (format!("value.len() > {number}"), format!("must have at most {entries}"))
            }
            "keys" => {
                read.keys = nested(&rules, "keys");
                continue;
            }
            "values" => {
                read.values = nested(&rules, "values");
                continue;
            }
            other => return unsupported("map", other),
        };
        read.checks.push(Check::new(broken, format!("map.{}", rule.name()), must));
    }
    refuse_required(read.keys.as_ref())?;
    refuse_required(read.values.as_ref())?;
    Ok(read)
}

fn only(rules: &DynamicMessage, group: &str) -> Result<()> {
    for (set, _) in rules.fields() {
        if !["required", "ignore", group].contains(&set.name()) {
            bail!("the rule `{}` is not supported on this kind of field", set.name());
        }
    }
    Ok(())
}

fn refuse_required(rules: Option<&DynamicMessage>) -> Result<()> {
    match rules.map(presence).transpose()? {
        Some((_, true)) => bail!("`required` means nothing for what is in a list or map"),
        _ => Ok(()),
    }
}
