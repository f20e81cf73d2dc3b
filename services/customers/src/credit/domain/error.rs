//! Everything that a rule of credit can refuse, with its stable reason.

use kefu_kernel::money::MoneyError;
use kefu_kernel::{Fault, FaultKind, FieldViolation, Id, InvalidFields};

use crate::domain::ids::CustomerId;

/// Why a rule said no. The text is for the caller and free of personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Fields of the request do not fit each other.
    #[error(transparent)]
    Invalid(#[from] InvalidFields),
    /// An amount that cannot be here.
    #[error("{field} {what}")]
    AmountInvalid {
        /// The field.
        field: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A moment is outside of what its field allows.
    #[error("{field} {what}")]
    TimeOutOfRange {
        /// The field.
        field: String,
        /// What it must be.
        what: &'static str,
    },
    /// Amounts that cannot be put together.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The credit is not held.
    #[error("the credit is not held")]
    NotHeld(CustomerId),
}

impl Fault for Error {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Invalid(_) | Self::AmountInvalid { .. } | Self::TimeOutOfRange { .. } => {
                FaultKind::Invalid
            }
            Self::Money(inner) => inner.kind(),
            Self::NotHeld(_) => FaultKind::RuleBroken,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(inner) => inner.reason(),
            Self::AmountInvalid { .. } => "AMOUNT_INVALID",
            Self::TimeOutOfRange { .. } => "TIME_OUT_OF_RANGE",
            Self::Money(inner) => inner.reason(),
            Self::NotHeld(_) => "NOT_HELD",
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Invalid(inner) => inner.field_violations(),
            Self::AmountInvalid { field, what } => {
                vec![FieldViolation::new(field, "amount_invalid", *what)]
            }
            Self::TimeOutOfRange { field, what } => {
                vec![FieldViolation::new(field, "time_out_of_range", *what)]
            }
            _ => Vec::new(),
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::NotHeld(id) => Some((CustomerId::PREFIX, id.to_string())),
            _ => None,
        }
    }
}
