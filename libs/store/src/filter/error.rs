//! Why a filter is refused. Every text is for the caller who wrote the filter and says where to look;
//! none repeats a constant of it, which may be personal.

use std::time::Duration;

use kefu_kernel::{Fault, FaultKind, FieldViolation};

/// A filter that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Too long, or of too many parts.
    #[error("the filter is too large: {0}")]
    TooComplex(String),
    /// Not CEL, or not of the subset, or of other types than the resource's.
    #[error("{message} (character {at} of the filter)")]
    Invalid {
        /// What is wrong.
        message: String,
        /// Where, counted in characters from 1.
        at: usize,
    },
    /// It names a field that the resource does not have.
    #[error("there is no field `{field}` (character {at} of the filter); there are: {}", .known.join(", "))]
    UnknownField {
        /// The name, cut at 64 characters.
        field: String,
        /// Where, counted in characters from 1.
        at: usize,
        /// The fields that there are.
        known: Vec<String>,
    },
    /// It would have to read rows that no index narrows down.
    #[error("the filter must hold one of: {}", .0.join("; "))]
    NotIndexed(Vec<String>),
    /// No thread could be had to read it; nothing is wrong with the filter.
    #[error("the filter cannot be read just now")]
    Busy,
}

impl Fault for FilterError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Busy => FaultKind::Unavailable,
            _ => FaultKind::Invalid,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::TooComplex(_) => "FILTER_TOO_COMPLEX",
            Self::Invalid { .. } => "FILTER_INVALID",
            Self::UnknownField { .. } => "UNKNOWN_FIELD",
            Self::NotIndexed(_) => "FILTER_NOT_INDEXED",
            Self::Busy => "OVERLOADED",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooComplex(_) | Self::Busy => Vec::new(),
            Self::Invalid { at, .. } => vec![("position", at.to_string())],
            Self::UnknownField { field, at, .. } => {
                vec![("field", field.clone()), ("position", at.to_string())]
            }
            Self::NotIndexed(shapes) => vec![("shapes", shapes.join("; "))],
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        if *self == Self::Busy {
            return Vec::new();
        }
        vec![FieldViolation {
            field: "filter".into(),
            description: self.to_string(),
            reason: self.reason().to_ascii_lowercase(),
        }]
    }

    fn retry_after(&self) -> Option<Duration> {
        (*self == Self::Busy).then_some(Duration::from_secs(1))
    }
}
