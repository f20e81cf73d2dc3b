//! Everything that a rule of tickets and calls can refuse, with its stable reason.

use std::time::Duration;

use kefu_kernel::clock::ClockError;
use kefu_kernel::field::FieldsInvalid;
use kefu_kernel::{Fault, FaultKind, FieldViolation, Id, InvalidFields, UnknownReference};

use super::ids::TicketId;
use super::words::LinkKind;

/// Why a rule said no. The text is for the caller and free of personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Fields of the request do not fit each other or the state.
    #[error(transparent)]
    Invalid(#[from] InvalidFields),
    /// Fields that are not of the type, or have a value of another kind.
    #[error(transparent)]
    Fields(#[from] FieldsInvalid),
    /// A code or id that names nothing.
    #[error(transparent)]
    Unknown(#[from] UnknownReference),
    /// The message with that source and id is kept already.
    #[error("this message was recorded before")]
    DuplicateMessage {
        /// The ticket that it is kept with, where the caller may see it.
        with: Option<TicketId>,
    },
    /// A closed ticket is immutable.
    #[error("the ticket is closed and never changes again")]
    Closed(TicketId),
    /// Only a solved ticket can be reopened.
    #[error("only a solved ticket can be reopened")]
    NotSolved(TicketId),
    /// A solved ticket keeps its assignee.
    #[error("a solved ticket keeps its assignee")]
    AssigneeRequired(TicketId),
    /// It is with that person or department already.
    #[error("the ticket is with them already")]
    AlreadyAssigned(TicketId),
    /// The type has no way between the two states.
    #[error("there is no way from state `{from}` to state `{to}`")]
    TransitionNotAllowed {
        /// The present state.
        from: String,
        /// The state asked for.
        to: String,
    },
    /// The way exists and needs a permission that the caller does not hold.
    #[error("going to state `{to}` needs the permission `{permission}`")]
    TransitionNeedsPermission {
        /// The state asked for.
        to: String,
        /// The permission.
        permission: String,
    },
    /// The way exists and needs fields that are empty.
    #[error("going to state `{to}` needs {}", .fields.join(", "))]
    TransitionNeedsFields {
        /// The state asked for.
        to: String,
        /// The fields, as the ticket's proto spells them; a type's own as `fields.<code>`.
        fields: Vec<String>,
    },
    /// A link to itself, a second parent or a circle.
    #[error("the link is not allowed: {why}")]
    LinkNotAllowed {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The link exists already.
    #[error("the link exists already")]
    LinkExists {
        /// What the other is to this one.
        kind: LinkKind,
        /// The other.
        other: TicketId,
    },
    /// There is no such link.
    #[error("there is no such link")]
    LinkNotFound {
        /// What the other would be to this one.
        kind: LinkKind,
        /// The other.
        other: TicketId,
    },
    /// The event does not fit what is known of the call.
    #[error("the event does not fit what is known of the call: {why}")]
    CallEventRefused {
        /// What does not fit.
        why: &'static str,
    },
    /// A clock cannot be reckoned.
    #[error(transparent)]
    Clock(#[from] ClockError),
}

impl Error {
    /// One wrong field.
    pub fn invalid(field: impl Into<String>, reason: &str, description: impl Into<String>) -> Self {
        InvalidFields::one(field, reason, description).into()
    }

    /// A code or id that names nothing.
    pub fn unknown(field: &'static str, value: &str) -> Self {
        UnknownReference::new(field, value).into()
    }

    /// What says kind, reason and details by itself.
    fn inner(&self) -> Option<&dyn Fault> {
        match self {
            Self::Invalid(error) => Some(error),
            Self::Fields(error) => Some(error),
            Self::Unknown(error) => Some(error),
            Self::Clock(error) => Some(error),
            _ => None,
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Closed(_)
            | Self::NotSolved(_)
            | Self::AssigneeRequired(_)
            | Self::AlreadyAssigned(_)
            | Self::TransitionNotAllowed { .. }
            | Self::TransitionNeedsFields { .. }
            | Self::LinkNotAllowed { .. }
            | Self::CallEventRefused { .. } => FaultKind::RuleBroken,
            Self::TransitionNeedsPermission { .. } => FaultKind::Forbidden,
            Self::LinkExists { .. } | Self::DuplicateMessage { .. } => FaultKind::Exists,
            Self::LinkNotFound { .. } => FaultKind::NotFound,
            other => other.inner().map_or(FaultKind::Bug, Fault::kind),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::DuplicateMessage { .. } => "DUPLICATE_MESSAGE",
            Self::Closed(_) => "TICKET_CLOSED",
            Self::NotSolved(_) => "TICKET_NOT_SOLVED",
            Self::AssigneeRequired(_) => "ASSIGNEE_REQUIRED",
            Self::AlreadyAssigned(_) => "ALREADY_ASSIGNED",
            Self::TransitionNotAllowed { .. } => "TRANSITION_NOT_ALLOWED",
            Self::TransitionNeedsPermission { .. } => "TRANSITION_NEEDS_PERMISSION",
            Self::TransitionNeedsFields { .. } => "TRANSITION_NEEDS_FIELDS",
            Self::LinkNotAllowed { .. } => "LINK_NOT_ALLOWED",
            Self::LinkExists { .. } => "LINK_EXISTS",
            Self::LinkNotFound { .. } => "RESOURCE_NOT_FOUND",
            Self::CallEventRefused { .. } => "CALL_EVENT_REFUSED",
            other => other.inner().map_or("INTERNAL", Fault::reason),
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TransitionNotAllowed { from, to } => {
                vec![("from", from.clone()), ("to", to.clone())]
            }
            Self::TransitionNeedsPermission { permission, .. } => {
                vec![("permission", permission.clone())]
            }
            Self::TransitionNeedsFields { fields, .. } => vec![("fields", fields.join(","))],
            Self::LinkExists { kind, .. } | Self::LinkNotFound { kind, .. } => {
                vec![("kind", kind.name().to_owned())]
            }
            other => other.inner().map(Fault::metadata).unwrap_or_default(),
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        self.inner().map(Fault::field_violations).unwrap_or_default()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.inner().and_then(Fault::retry_after)
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        let ticket = |id: &TicketId| Some((TicketId::PREFIX, id.to_string()));
        match self {
            Self::Closed(id)
            | Self::NotSolved(id)
            | Self::AssigneeRequired(id)
            | Self::AlreadyAssigned(id) => ticket(id),
            Self::LinkExists { other, .. } | Self::LinkNotFound { other, .. } => ticket(other),
            Self::DuplicateMessage { with } => with.as_ref().and_then(ticket),
            _ => None,
        }
    }
}
