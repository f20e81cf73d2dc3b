//! Values of fields: in a filter's constants, in rows tested in memory, in page tokens.

use std::collections::BTreeMap;

use kefu_kernel::Timestamp;
use sea_orm::sea_query;
use uuid::Uuid;

/// A field's value. Enums are their numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// No value: NULL.
    Unset,
    /// A bool.
    Bool(bool),
    /// A whole number, or an enum's number.
    Int(i64),
    /// A text; compared bytewise.
    Text(String),
    /// An id.
    Id(Uuid),
    /// An instant.
    Time(Timestamp),
}

/// Something that fields can be read from: a model, a view, a map.
pub trait Row {
    /// The field's value, by the name that filters use; [`Value::Unset`] where there is none. For a
    /// field answered by the search index: the text that is indexed.
    fn value(&self, field: &str) -> Value;
}

impl Row for BTreeMap<String, Value> {
    fn value(&self, field: &str) -> Value {
        self.get(field).cloned().unwrap_or(Value::Unset)
    }
}

impl<R: Row> Row for &R {
    fn value(&self, field: &str) -> Value {
        (**self).value(field)
    }
}

impl From<Value> for sea_query::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Unset => Self::BigInt(None),
            Value::Bool(value) => value.into(),
            Value::Int(value) => value.into(),
            Value::Text(value) => value.into(),
            Value::Id(value) => value.into(),
            Value::Time(value) => value.as_millis().into(),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Uuid> for Value {
    fn from(value: Uuid) -> Self {
        Self::Id(value)
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Time(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unset, Into::into)
    }
}
