//! The table of all keys, made from the types that read them.
//!
//! Keys, types and descriptions come from the fields of [`super::model`] and of the services' options;
//! defaults from their `Default`. Nothing here lists a key by hand.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::model::{Config, ServiceSection};
use super::options::OptionsType;

/// One key of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Its path, `limits.deadline`; a service's name in it is `<name>` where any may stand.
    pub path: String,
    /// What it means.
    pub description: String,
    /// Its default as JSON; null for unset.
    pub default: Value,
}

impl Key {
    /// The environment variable that sets it: `KEFU_LIMITS__DEADLINE`.
    pub fn variable(&self) -> String {
        variable(&self.path)
    }
}

/// The environment variable that sets the key at `path`.
pub(super) fn variable(path: &str) -> String {
    format!("KEFU_{}", path.replace('.', "__").to_uppercase())
}

/// Every key, in alphabetical order of path, with the options of the services given by name.
pub fn reference(services: &BTreeMap<&str, Option<OptionsType>>) -> Vec<Key> {
    let mut keys = Vec::new();
    let default = serde_json::to_value(Config::default()).unwrap_or_default();
    walk(schema_of::<Config>().as_value(), &default, "", &mut keys);
    for (name, options) in services {
        if let Some(options) = options {
            let path = format!("service.{name}.options");
            walk((options.schema)().as_value(), &(options.default)(), &path, &mut keys);
        }
    }
    keys.sort_by(|a, b| a.path.cmp(&b.path));
    keys
}

/// The table in Markdown: key, variable, default, meaning.
pub fn markdown(keys: &[Key]) -> String {
    let mut table = String::from("| key | default | meaning |\n| --- | --- | --- |\n");
    for key in keys {
        let default = match &key.default {
            Value::Null => "unset".to_owned(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let meaning = key.description.replace('|', "\\|").replace('\n', " ");
        table.push_str(&format!("| `{}` | {default} | {meaning} |\n", key.path));
    }
    table
}

/// The schema of `T` with all its parts in place.
pub(super) fn schema_of<T: JsonSchema>() -> Schema {
    let inline = |settings: &mut SchemaSettings| settings.inline_subschemas = true;
    SchemaSettings::default().with(inline).into_generator().into_root_schema_for::<T>()
}

/// Adds the keys below `schema`: a field with fields of its own is a section, any other is a key.
fn walk(schema: &Value, default: &Value, path: &str, keys: &mut Vec<Key>) {
    let under = |name: &str| match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    };
    if let Some(fields) = schema.get("properties").and_then(Value::as_object) {
        for (name, field) in fields {
            walk(field, &default[name], &under(name), keys);
        }
    } else if path == "service" {
        let section = serde_json::to_value(ServiceSection::default()).unwrap_or_default();
        walk(schema_of::<ServiceSection>().as_value(), &section, &under("<name>"), keys);
    } else {
        let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let (path, description) = (path.to_owned(), description.to_owned());
        keys.push(Key { path, description, default: default.clone() });
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    /// Options as a service declares them.
    #[derive(Default, Serialize, Deserialize, JsonSchema)]
    #[serde(default)]
    struct TestOptions {
        /// How often to retry.
        retries: u32,
    }

    fn keys() -> Vec<Key> {
        let tickets = Some(OptionsType::of::<TestOptions>());
        reference(&BTreeMap::from([("tickets", tickets), ("gateway", None)]))
    }

    #[test]
    fn every_key_has_a_description() {
        let keys = keys();
        assert!(keys.len() > 50, "found only {} keys", keys.len());
        for key in &keys {
            let sentence = key.description.len() > 10 && !key.description.contains("  ");
            assert!(sentence, "{}: {:?}", key.path, key.description);
        }
    }

    #[test]
    fn sections_maps_and_services_options_are_walked() {
        let keys = keys();
        let find = |path: &str| keys.iter().find(|key| key.path == path).unwrap();
        assert_eq!(find("listen.public").default, "127.0.0.1:7700");
        assert_eq!(find("limits.deadline").variable(), "KEFU_LIMITS__DEADLINE");
        assert_eq!(find("service.<name>.database.connections").default, 8);
        assert_eq!(find("service.tickets.options.retries").description, "How often to retry.");
        assert!(markdown(&keys).contains("| `bus.nats.ca` | unset | The authority that"));
    }
}
