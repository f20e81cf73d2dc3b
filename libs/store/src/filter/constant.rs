//! Constants of a filter: literals, timestamps and durations with `+` and `-`, and names given by the
//! caller, worked out while compiling.

use jiff::{SignedDuration, Timestamp};

use super::Value;

/// A constant's value, as exact as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constant {
    Unset,
    Bool(bool),
    Int(i64),
    Text(String),
    Id(uuid::Uuid),
    Time(Timestamp),
    Duration(SignedDuration),
}

impl Constant {
    /// A constant that the caller named.
    pub fn given(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Unset => Self::Unset,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Text(value) => Self::Text(value.clone()),
            Value::Id(value) => Self::Id(*value),
            Value::Time(value) => Self::Time(Timestamp::from_millisecond(value.as_millis()).ok()?),
        })
    }

    /// `timestamp("2026-11-22T10:00:00Z")`.
    pub fn timestamp(text: &str) -> Option<Self> {
        // The zone in brackets that jiff also reads is not RFC 3339.
        if text.contains('[') { None } else { text.parse().ok().map(Self::Time) }
    }

    /// `duration("1h30m")`.
    pub fn duration(text: &str) -> Option<Self> {
        let (negative, magnitude) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let digit_first = magnitude.starts_with(|character: char| character.is_ascii_digit());
        let units = magnitude.chars().all(|c| c.is_ascii_digit() || ".hmsun".contains(c));
        if !digit_first || !units {
            return None;
        }
        if magnitude == "0" {
            return Some(Self::Duration(SignedDuration::ZERO));
        }
        let duration: SignedDuration = magnitude.parse().ok()?;
        Some(Self::Duration(if negative { duration.checked_neg()? } else { duration }))
    }

    /// `left + right`, where that means something and is in range.
    pub fn plus(&self, right: &Self) -> Option<Self> {
        match (self, right) {
            (Self::Time(time), Self::Duration(by)) | (Self::Duration(by), Self::Time(time)) => {
                time.checked_add(*by).ok().map(Self::Time)
            }
            (Self::Duration(a), Self::Duration(b)) => a.checked_add(*b).map(Self::Duration),
            _ => None,
        }
    }

    /// `left - right`, where that means something and is in range.
    pub fn minus(&self, right: &Self) -> Option<Self> {
        match right {
            Self::Duration(by) => self.plus(&Self::Duration(by.checked_neg()?)),
            _ => None,
        }
    }

    /// `-constant`.
    pub fn negated(&self) -> Option<Self> {
        match self {
            Self::Int(value) => value.checked_neg().map(Self::Int),
            Self::Duration(value) => value.checked_neg().map(Self::Duration),
            _ => None,
        }
    }
}
