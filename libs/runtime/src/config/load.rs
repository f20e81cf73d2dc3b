//! Reading the configuration from its sources, and naming everything that is wrong with it at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::de::DeserializeOwned;

use super::model::{Config, ServiceSection};
use super::options::OptionsType;
use super::reference::{Key, reference, variable};
use super::validate;

/// Flags that every command has which reads the configuration.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ConfigArgs {
    /// The configuration file, TOML [default: kefu.toml here, where there is one]
    #[arg(long, env = "KEFU_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder that holds everything kept on disk (sets data_dir)
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<String>,
    /// Services to run in this process, divided by commas (sets services)
    #[arg(long, value_name = "NAMES")]
    pub services: Option<String>,
    /// Where callers reach the gateway (sets listen.public)
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Sets any key: --set limits.deadline=5s
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key concerned.
    pub key: String,
    /// What is wrong.
    pub text: String,
    /// What to do about it; empty where the text says it.
    pub hint: String,
}

impl Problem {
    pub(super) fn new(
        key: impl Into<String>,
        text: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { key: key.into(), text: text.into(), hint: hint.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.key, without_password(&self.text))?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, " ({})", self.hint) }
    }
}

/// A configuration as it was read.
pub struct Loaded {
    /// The values; where one was wrong, its default.
    pub config: Config,
    /// Everything that is wrong; empty: it can be used.
    pub problems: Vec<Problem>,
    figment: Figment,
}

/// The services that the binary holds, by name, each with the type of its options where it has some.
pub type Services<'a> = BTreeMap<&'a str, Option<OptionsType>>;

/// Reads file, environment and flags over the defaults. `environment` is the process's variables;
/// those that do not start with `KEFU_` are ignored.
pub fn load(
    args: &ConfigArgs,
    environment: impl IntoIterator<Item = (String, String)>,
    services: &Services<'_>,
) -> Loaded {
    let keys = reference(services);
    let mut problems = Vec::new();
    let mut figment = Figment::from(Serialized::defaults(Config::default()));
    if let Some(file) = file_to_read(args, &mut problems) {
        figment = figment.merge(Toml::file_exact(file));
    }
    let figment = figment.merge(variables(environment)).merge(flags(args, &mut problems));
    problems.extend(unknown_keys(&figment, &keys));
    let mut config: Config = extract(figment.clone(), "", &default_of, &mut problems);
    for (name, options) in services {
        if let Some(options) = options {
            config.options.insert(name, (options.read)(&figment, name, &mut problems));
        }
    }
    let names: Vec<&str> = services.keys().copied().collect();
    problems.extend(validate::validate(&config, &names));
    problems.sort_by(|a, b| a.key.cmp(&b.key));
    // A file that is no TOML is met by each reader.
    problems.dedup();
    Loaded { config, problems, figment }
}

impl Loaded {
    /// Every key with its value and where that came from, a line each. Secrets are shown by place.
    pub fn print(&self) -> String {
        let mut lines = String::new();
        let value = serde_json::to_value(&self.config).unwrap_or_default();
        let mut print = |key: &str, value: &serde_json::Value| {
            let origin = origin_of(key, self.figment.find_metadata(key));
            let value = without_password(&value.to_string());
            lines.push_str(&format!("{key} = {value}  # {origin}\n"));
        };
        leaves("", &value, &mut print);
        lines
    }
}

/// `text` with dots for the password of a URL in it: the rule is that none is there, but a mistake is
/// no reason to print one.
fn without_password(text: &str) -> String {
    let Some((before, rest)) = text.split_once("://") else { return text.to_owned() };
    match rest.split_once('@').map(|(login, host)| (login.split_once(':'), host)) {
        Some((Some((user, _)), host)) => format!("{before}://{user}:…@{host}"),
        _ => text.to_owned(),
    }
}

/// The file named, or `kefu.toml` in the working directory where it exists.
fn file_to_read(args: &ConfigArgs, problems: &mut Vec<Problem>) -> Option<PathBuf> {
    let here = Path::new("kefu.toml");
    match &args.config {
        Some(named) if named.is_file() => Some(named.clone()),
        Some(named) => {
            let text = format!("there is no file {}", named.display());
            problems.push(Problem::new("--config", text, ""));
            None
        }
        None => here.is_file().then(|| here.to_owned()),
    }
}

/// Names of sources that are no files.
const ENVIRONMENT: &str = "environment";
const FLAG: &str = "flag";

/// Values as texts, from the environment or from flags; each knows its key and its name there.
struct Texts {
    origin: &'static str,
    values: Vec<(String, String)>,
}

impl Provider for Texts {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut dict = Dict::new();
        for (key, text) in &self.values {
            insert(&mut dict, key, text);
        }
        Ok(Profile::Default.collect(dict))
    }
}

fn insert(dict: &mut Dict, key: &str, text: &str) {
    match key.split_once('.') {
        None => {
            dict.insert(key.to_owned(), Value::from(text));
        }
        Some((section, rest)) => {
            let below = dict.entry(section.to_owned()).or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, below) = below {
                insert(below, rest, text);
            }
        }
    }
}

/// `KEFU_*` variables as keys. Those that are not configuration are left out: the file's own name, what
/// the command line's client reads, and what tests read.
fn variables(environment: impl IntoIterator<Item = (String, String)>) -> Texts {
    let foreign = |name: &str| {
        ["CONFIG", "SERVER", "KEY_FILE", "BIN"].contains(&name) || name.starts_with("TEST_")
    };
    let mut values: Vec<(String, String)> = environment
        .into_iter()
        .filter_map(|(name, text)| Some((name.strip_prefix("KEFU_")?.to_owned(), text)))
        .filter(|(name, _)| !foreign(name))
        .map(|(name, text)| match name.as_str() {
            "CLOCK_FILE" => ("clock.file".to_owned(), text),
            _ => (name.to_lowercase().replace("__", "."), text),
        })
        .collect();
    values.sort();
    Texts { origin: ENVIRONMENT, values }
}

fn flags(args: &ConfigArgs, problems: &mut Vec<Problem>) -> Texts {
    let named =
        [("data_dir", &args.data), ("services", &args.services), ("listen.public", &args.listen)];
    let mut values: Vec<(String, String)> = named
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)))
        .collect();
    for pair in &args.set {
        match pair.split_once('=') {
            Some((key, value)) => values.push((key.trim().to_owned(), value.trim().to_owned())),
            None => problems.push(Problem::new("--set", format!("`{pair}` has no ="), "KEY=VALUE")),
        }
    }
    Texts { origin: FLAG, values }
}

/// Reads all values of `T`. A wrong one is noted with its key, which begins with `prefix`, replaced by
/// the default that `default_of` has for it, and the rest read on.
pub(super) fn extract<T: Default + DeserializeOwned>(
    mut figment: Figment,
    prefix: &str,
    default_of: &dyn Fn(&str) -> Option<serde_json::Value>,
    problems: &mut Vec<Problem>,
) -> T {
    // Each turn settles one key, so that this ends; no configuration has as many wrong ones.
    for _ in 0..256 {
        let error = match figment.extract_lossy::<T>() {
            Ok(values) => return values,
            Err(error) => error,
        };
        problems.push(problem_of(&error, prefix));
        let key = error.path.join(".");
        match default_of(&key) {
            Some(default) => figment = figment.merge(Serialized::default(&key, default)),
            // Not a value but a file: it cannot be read as TOML.
            None => return T::default(),
        }
    }
    T::default()
}

fn problem_of(error: &figment::Error, prefix: &str) -> Problem {
    let key = format!("{prefix}{}", error.path.join("."));
    let origin = origin_of(&key, error.metadata.as_ref());
    match error.path.is_empty() {
        true => Problem::new(origin, error.kind.to_string(), ""),
        false => Problem::new(key, error.kind.to_string(), format!("from {origin}")),
    }
}

/// Where the value of `key` came from: a file, a variable, a flag, or the default.
fn origin_of(key: &str, metadata: Option<&Metadata>) -> String {
    let file = metadata.and_then(|metadata| metadata.source.as_ref()?.file_path());
    match metadata.map(|metadata| metadata.name.as_ref()) {
        _ if file.is_some() => file.unwrap_or(Path::new("")).display().to_string(),
        Some(ENVIRONMENT) => variable(key),
        Some(FLAG) => FLAG.to_owned(),
        _ => "default".to_owned(),
    }
}

/// The default of the key at `path`, with a default section for each service.
fn default_of(path: &str) -> Option<serde_json::Value> {
    let mut config = Config::default();
    let mut parts = path.split('.');
    if let (Some("service"), Some(name)) = (parts.next(), parts.next()) {
        config.service.insert(name.to_owned(), ServiceSection::default());
    }
    let value = serde_json::to_value(config).ok()?;
    value.pointer(&format!("/{}", path.replace('.', "/"))).cloned()
}

/// Keys that were set and mean nothing.
fn unknown_keys(figment: &Figment, keys: &[Key]) -> Vec<Problem> {
    let Ok(value) = figment.extract::<serde_json::Value>() else { return Vec::new() };
    let mut problems = Vec::new();
    leaves("", &value, &mut |path, _| {
        let known = keys.iter().any(|key| matches(&key.path, path));
        if !known {
            let origin = origin_of(path, figment.find_metadata(path));
            let section = path.rsplit_once('.').map_or("", |(section, _)| section);
            let beside: Vec<&str> = keys
                .iter()
                .filter_map(|key| {
                    let (under, name) = key.path.rsplit_once('.').unwrap_or(("", &key.path));
                    matches(under, section).then_some(name)
                })
                .collect();
            let hint = match beside.is_empty() {
                true => format!("from {origin}"),
                false => format!("from {origin}; known there: {}", beside.join(", ")),
            };
            problems.push(Problem::new(path, "there is no such key", hint));
        }
    });
    problems
}

/// Whether `path` is the key `pattern`, in which `<name>` stands for any service. What lies below a key
/// that takes a table belongs to it only where no service has typed it.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) =
        (pattern.split('.').collect(), path.split('.').collect());
    pattern.len() == path.len()
        && pattern
            .iter()
            .zip(&path)
            .all(|(expected, part)| *expected == "<name>" || expected == part)
}

/// Calls `each` with the path of every value that is not a table with something in it.
fn leaves(path: &str, value: &serde_json::Value, each: &mut impl FnMut(&str, &serde_json::Value)) {
    match value.as_object() {
        Some(fields) if !fields.is_empty() || path.is_empty() => {
            for (name, field) in fields {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                leaves(&below, field, each);
            }
        }
        Some(_) if path == "service" => {}
        _ => each(path, value),
    }
}
