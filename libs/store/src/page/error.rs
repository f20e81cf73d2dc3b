//! Why a list is refused.

use std::time::Duration;

use kefu_kernel::{Fault, FaultKind, FieldViolation};

use crate::filter::FilterError;

/// A list request that cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The filter's fault.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A negative page size.
    #[error("page_size is negative")]
    PageSize,
    /// The order names a field that there is not.
    #[error("order_by names `{0}`, which is not a field of the list")]
    UnknownField(String),
    /// The order cannot be read, or no index gives it together with the filter.
    #[error("the list cannot be ordered so; with this filter it can be ordered by: {}", .0.join("; "))]
    Order(Vec<String>),
    /// Not a token of this service, or altered.
    #[error("the page token is not one of this list's")]
    TokenInvalid,
    /// Older than tokens live.
    #[error("the page token has expired, begin again without one")]
    TokenExpired,
    /// Given for other arguments.
    #[error("the page token belongs to another filter, order or parent")]
    TokenOfAnother,
}

impl Fault for ListError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Filter(error) => error.kind(),
            _ => FaultKind::Invalid,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Filter(error) => error.reason(),
            Self::PageSize => "VALIDATION_FAILED",
            Self::UnknownField(_) => "UNKNOWN_FIELD",
            Self::Order(_) => "ORDER_NOT_SUPPORTED",
            Self::TokenInvalid | Self::TokenExpired | Self::TokenOfAnother => "PAGE_TOKEN_INVALID",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Filter(error) => error.metadata(),
            Self::UnknownField(field) => vec![("field", field.clone())],
            Self::Order(supported) => vec![("supported", supported.join("; "))],
            _ => Vec::new(),
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        let (field, reason) = match self {
            Self::Filter(error) => return error.field_violations(),
            Self::PageSize => ("page_size", "int32.gte"),
            Self::UnknownField(_) => ("order_by", "unknown_field"),
            Self::Order(_) => ("order_by", "order_not_supported"),
            Self::TokenInvalid => ("page_token", "invalid"),
            Self::TokenExpired => ("page_token", "expired"),
            Self::TokenOfAnother => ("page_token", "of_another_list"),
        };
        let (field, reason) = (field.to_owned(), reason.to_owned());
        vec![FieldViolation { field, description: self.to_string(), reason }]
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Filter(error) => error.retry_after(),
            _ => None,
        }
    }
}
