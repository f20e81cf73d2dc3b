//! Why a filter is refused. Every text is for the caller who wrote the filter and says where to look;
//! none repeats a constant of it, which may be personal.

use kefu_kernel::{Fault, FaultKind, FieldViolation};

/// A filter that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Too long, or of too many parts.
    #[error("the filter is too large: {0}")]
    TooLarge(String),
    /// Not CEL, or not of the subset, or not of this resource.
    #[error("{message} (character {at} of the filter)")]
    Invalid {
        /// What is wrong.
        message: String,
        /// Where, counted in characters from 1.
        at: usize,
    },
    /// It would have to read rows that no index narrows down.
    #[error("the filter must hold one of: {}", .0.join("; "))]
    NotIndexed(Vec<String>),
}

impl Fault for FilterError {
    fn kind(&self) -> FaultKind {
        FaultKind::Invalid
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "FILTER_TOO_LARGE",
            Self::Invalid { .. } => "FILTER_INVALID",
            Self::NotIndexed(_) => "FILTER_NOT_INDEXED",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooLarge(_) => Vec::new(),
            Self::Invalid { at, .. } => vec![("character", at.to_string())],
            Self::NotIndexed(shapes) => vec![("shapes", shapes.join("; "))],
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        vec![FieldViolation {
            field: "filter".into(),
            description: self.to_string(),
            reason: self.reason().into(),
        }]
    }
}
