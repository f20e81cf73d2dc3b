//! A service's own options: a type that the service brings, read from `service.<name>.options`.
//!
//! The runtime knows no service's types. A service hands in an [`OptionsType`], which knows how to
//! read, describe and default that type; the value travels in [`Options`] and is taken out by type.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use figment::Figment;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::load::{Problem, extract};

/// How to read, describe and default one service's options.
#[derive(Clone, Copy)]
pub struct OptionsType {
    pub(super) schema: fn() -> Schema,
    pub(super) default: fn() -> serde_json::Value,
    pub(super) read: fn(&Figment, &str, &mut Vec<Problem>) -> Value,
}

type Value = Arc<dyn Any + Send + Sync>;

impl OptionsType {
    /// Options of the type `T`: a struct with `#[serde(default)]`, a `Default` and a comment on each
    /// field.
    pub fn of<T>() -> Self
    where
        T: Default + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static,
    {
        Self {
            schema: super::reference::schema_of::<T>,
            default: || serde_json::to_value(T::default()).unwrap_or_default(),
            read: |figment, service, problems| {
                let path = format!("service.{service}.options");
                let default = serde_json::to_value(T::default()).unwrap_or_default();
                let default_of =
                    |key: &str| default.pointer(&format!("/{}", key.replace('.', "/"))).cloned();
                let below = figment.focus(&path);
                Arc::new(extract::<T>(below, &format!("{path}."), &default_of, problems))
            },
        }
    }
}

/// The options of each service that has some.
#[derive(Clone, Default)]
pub struct Options(BTreeMap<String, Value>);

impl Options {
    /// The options of `service`; the default where none were set.
    pub fn get<T: Clone + Default + Send + Sync + 'static>(&self, service: &str) -> T {
        self.0.get(service).and_then(|value| value.downcast_ref::<T>()).cloned().unwrap_or_default()
    }

    /// Sets the options of `service`, for a configuration that is made in code.
    pub fn set<T: Send + Sync + 'static>(&mut self, service: &str, options: T) {
        self.insert(service, Arc::new(options));
    }

    pub(super) fn insert(&mut self, service: &str, value: Value) {
        self.0.insert(service.to_owned(), value);
    }
}

impl PartialEq for Options {
    /// Options are compared where they are read; two sets of them are equal when they name the same
    /// services.
    fn eq(&self, other: &Self) -> bool {
        self.0.keys().eq(other.0.keys())
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
