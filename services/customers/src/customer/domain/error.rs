//! Everything that a rule of customers can refuse, with its stable reason.

use kefu_kernel::field::FieldsInvalid;
use kefu_kernel::{Fault, FaultKind, FieldViolation, Id, InvalidFields};

use crate::domain::ids::{ContactPointId, CustomerId};

use super::contact::ContactError;
use super::words::List;

/// The permission that adding a contact point as verified needs.
pub const MAY_VERIFY: &str = "customers.verify_contact";

/// Why a rule said no. The text is for the caller and free of personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Fields of the request do not fit each other or the state.
    #[error(transparent)]
    Invalid(#[from] InvalidFields),
    /// Fields that the company does not have, or with a value of another kind.
    #[error(transparent)]
    Fields(#[from] FieldsInvalid),
    /// A contact point is not of its kind.
    #[error("{field} {}", .why)]
    ContactInvalid {
        /// The field, as the request spells it.
        field: String,
        /// Of what it is none.
        why: ContactError,
    },
    /// The customer has it already.
    #[error("the customer has that contact point already")]
    ContactExists(ContactPointId),
    /// Another customer proved it to be theirs; which, where the caller may know.
    #[error("the contact point is verified at another customer")]
    ContactTaken(Option<CustomerId>),
    /// Only who may verify contact points adds one as verified.
    #[error("adding a contact point as verified needs the permission `{MAY_VERIFY}`")]
    MayNotVerify,
    /// There is no such contact point.
    #[error("there is no such contact point")]
    ContactNotFound(ContactPointId),
    /// A moment is outside of what its field allows.
    #[error("{field}: {what}")]
    TimeOutOfRange {
        /// The field.
        field: &'static str,
        /// What it must be.
        what: &'static str,
    },
    /// It is with that person and branch already.
    #[error("the customer is with them already")]
    AlreadyAssigned(CustomerId),
    /// It is not on that list.
    #[error("the customer is not on that list")]
    NotListed(List),
    /// It was merged into another, which is changed instead.
    #[error("the customer was merged into {into}")]
    Merged {
        /// The customer.
        id: CustomerId,
        /// The one that stays.
        into: CustomerId,
    },
    /// Its identity was erased.
    #[error("the customer's identity was erased")]
    Erased(CustomerId),
    /// These two are never one.
    #[error("the merge is not allowed: {why}")]
    MergeNotAllowed {
        /// Why not.
        why: &'static str,
    },
    /// It was not merged.
    #[error("the customer was not merged into another")]
    NotMerged(CustomerId),
}

impl Fault for Error {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Invalid(_)
            | Self::Fields(_)
            | Self::ContactInvalid { .. }
            | Self::TimeOutOfRange { .. } => FaultKind::Invalid,
            Self::ContactExists(_) | Self::ContactTaken(_) => FaultKind::Exists,
            Self::ContactNotFound(_) | Self::NotListed(_) => FaultKind::NotFound,
            Self::MayNotVerify => FaultKind::Forbidden,
            Self::AlreadyAssigned(_)
            | Self::Merged { .. }
            | Self::Erased(_)
            | Self::MergeNotAllowed { .. }
            | Self::NotMerged(_) => FaultKind::RuleBroken,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(inner) => inner.reason(),
            Self::Fields(inner) => inner.reason(),
            Self::ContactInvalid { .. } => "CONTACT_INVALID",
            Self::ContactExists(_) => "CONTACT_EXISTS",
            Self::ContactTaken(_) => "CONTACT_TAKEN",
            Self::MayNotVerify => "PERMISSION_DENIED",
            Self::ContactNotFound(_) | Self::NotListed(_) => "RESOURCE_NOT_FOUND",
            Self::TimeOutOfRange { .. } => "TIME_OUT_OF_RANGE",
            Self::AlreadyAssigned(_) => "ALREADY_ASSIGNED",
            Self::Merged { .. } => "CUSTOMER_MERGED",
            Self::Erased(_) => "CUSTOMER_ERASED",
            Self::MergeNotAllowed { .. } => "MERGE_NOT_ALLOWED",
            Self::NotMerged(_) => "NOT_MERGED",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::ContactExists(id) => vec![("id", id.to_string())],
            Self::ContactTaken(Some(id)) => vec![("id", id.to_string())],
            Self::MayNotVerify => vec![("permission", MAY_VERIFY.to_owned())],
            Self::Merged { into, .. } => vec![("merged_into_id", into.to_string())],
            Self::MergeNotAllowed { why } => vec![("why", (*why).to_owned())],
            _ => Vec::new(),
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Invalid(inner) => inner.field_violations(),
            Self::Fields(inner) => inner.field_violations(),
            Self::ContactInvalid { field, why } => {
                vec![FieldViolation::new(field, "contact_invalid", why.to_string())]
            }
            Self::TimeOutOfRange { field, what } => {
                vec![FieldViolation::new(*field, "time_out_of_range", *what)]
            }
            _ => Vec::new(),
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        let customer = |id: &CustomerId| Some((CustomerId::PREFIX, id.to_string()));
        match self {
            Self::ContactExists(id) | Self::ContactNotFound(id) => {
                Some((ContactPointId::PREFIX, id.to_string()))
            }
            Self::ContactTaken(Some(id))
            | Self::AlreadyAssigned(id)
            | Self::Merged { id, .. }
            | Self::Erased(id)
            | Self::NotMerged(id) => customer(id),
            _ => None,
        }
    }
}
