//! Everything that a rule of the directory can refuse, with its stable reason.

use kefu_kernel::calendar::CalendarError;
use kefu_kernel::id::Uuid;
use kefu_kernel::zone::ZoneError;
use kefu_kernel::{Fault, FaultKind, FieldViolation, Id};

use super::ids::{IssuerId, KeyId, PersonId, RoleId};

/// Why a rule said no. The text is for the caller and free of personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A field has a value that it may not have.
    #[error("{field} {what}")]
    Invalid {
        /// The field, as the request spells it.
        field: String,
        /// The rule's stable name.
        rule: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// A code or id that names nothing, or nothing that is active.
    #[error("{field} names nothing that there is: `{value}`")]
    UnknownReference {
        /// The field, as the request spells it.
        field: &'static str,
        /// The code or id, cut at 64 characters.
        value: String,
    },
    /// Another one has the code.
    #[error("another {kind} has this code")]
    CodeTaken {
        /// The kind of thing.
        kind: &'static str,
        /// Which has it.
        by: Uuid,
    },
    /// Another person is that subject.
    #[error("another person has this issuer and subject")]
    SubjectTaken(PersonId),
    /// The issuer is trusted already.
    #[error("this issuer is trusted already")]
    IssuerExists(IssuerId),
    /// The name is not of a zone.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// The hours of a calendar are wrong.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A calendar without working time.
    #[error("a calendar without working hours in its week could never meet a deadline")]
    CalendarEmpty,
    /// The person was taken out.
    #[error("the person was taken out; bring them back first")]
    PersonInactive(PersonId),
    /// The person was not taken out.
    #[error("the person works here")]
    PersonActive(PersonId),
    /// A shipped role keeps its code, and nobody else gets it.
    #[error("a role that came with Kefu keeps its code")]
    RoleBuiltIn(Option<RoleId>),
    /// Nobody could administer the company any more.
    #[error("nobody would be left who can administer the company")]
    LastAdmin,
    /// More is given away than the caller holds.
    #[error("you cannot give away what you do not hold: {what}")]
    GrantTooWide {
        /// A role, permission or branch beyond the caller's.
        what: String,
    },
    /// The key was revoked.
    #[error("the key was revoked and stays so")]
    KeyRevoked(KeyId),
    /// The older secret still lives.
    #[error("the key has two secrets already; wait for the older one to end")]
    KeyHasTwoSecrets(KeyId),
}

impl Error {
    /// A field that must not be empty.
    pub fn empty(field: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), rule: "string.min_len", what: "must not be empty" }
    }

    /// A code or id that names nothing.
    pub fn unknown(field: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        Self::UnknownReference { field, value: value.to_string().chars().take(64).collect() }
    }
}

impl Fault for Error {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Invalid { .. } | Self::UnknownReference { .. } | Self::CalendarEmpty => {
                FaultKind::Invalid
            }
            Self::Zone(error) => error.kind(),
            Self::Calendar(error) => error.kind(),
            Self::CodeTaken { .. }
            | Self::SubjectTaken(_)
            | Self::IssuerExists(_)
            | Self::PersonActive(_) => FaultKind::Exists,
            Self::PersonInactive(_)
            | Self::RoleBuiltIn(_)
            | Self::LastAdmin
            | Self::KeyRevoked(_)
            | Self::KeyHasTwoSecrets(_) => FaultKind::RuleBroken,
            Self::GrantTooWide { .. } => FaultKind::Forbidden,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "VALIDATION_FAILED",
            Self::UnknownReference { .. } => "UNKNOWN_REFERENCE",
            Self::CodeTaken { .. } => "CODE_TAKEN",
            Self::SubjectTaken(_) => "SUBJECT_TAKEN",
            Self::IssuerExists(_) | Self::PersonActive(_) => "RESOURCE_EXISTS",
            Self::Zone(error) => error.reason(),
            Self::Calendar(error) => error.reason(),
            Self::CalendarEmpty => "CALENDAR_EMPTY",
            Self::PersonInactive(_) => "PERSON_INACTIVE",
            Self::RoleBuiltIn(_) => "ROLE_BUILT_IN",
            Self::LastAdmin => "LAST_ADMIN",
            Self::GrantTooWide { .. } => "GRANT_TOO_WIDE",
            Self::KeyRevoked(_) => "KEY_REVOKED",
            Self::KeyHasTwoSecrets(_) => "KEY_HAS_TWO_SECRETS",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::UnknownReference { field, value } => {
                vec![("field", (*field).to_owned()), ("id", value.clone())]
            }
            Self::CodeTaken { .. }
            | Self::SubjectTaken(_)
            | Self::IssuerExists(_)
            | Self::PersonActive(_) => {
                self.resource().map(|(_, id)| vec![("id", id)]).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        let (field, rule) = match self {
            Self::Invalid { field, rule, .. } => (field.clone(), *rule),
            Self::UnknownReference { field, .. } => ((*field).to_owned(), "unknown_reference"),
            Self::Zone(ZoneError::UnknownZone(_)) | Self::Calendar(CalendarError::Zone(_)) => {
                ("time_zone".to_owned(), "time_zone.known")
            }
            Self::Zone(_) => ("date".to_owned(), "date.valid"),
            Self::Calendar(CalendarError::Hours { place, .. }) => (place.clone(), "calendar.hours"),
            Self::Calendar(_) => ("special_days".to_owned(), "calendar.special_days"),
            Self::CalendarEmpty => ("week".to_owned(), "calendar.not_empty"),
            _ => return Vec::new(),
        };
        let description = match self {
            Self::Invalid { what, .. } => (*what).to_owned(),
            other => other.to_string(),
        };
        vec![FieldViolation { field, description, reason: rule.to_owned() }]
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::CodeTaken { kind, by } => Some((kind, kefu_kernel::id::encode(kind, *by))),
            Self::SubjectTaken(id) | Self::PersonInactive(id) | Self::PersonActive(id) => {
                Some((PersonId::PREFIX, id.to_string()))
            }
            Self::IssuerExists(id) => Some((IssuerId::PREFIX, id.to_string())),
            Self::RoleBuiltIn(Some(id)) => Some((RoleId::PREFIX, id.to_string())),
            Self::KeyRevoked(id) | Self::KeyHasTwoSecrets(id) => {
                Some((KeyId::PREFIX, id.to_string()))
            }
            _ => None,
        }
    }
}
