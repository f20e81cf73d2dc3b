//! Everything that a rule of revisits can refuse, with its stable reason.

use std::time::Duration;

use kefu_kernel::clock::ClockError;
use kefu_kernel::{Fault, FaultKind, FieldViolation, Id, InvalidFields, Timestamp};

use crate::domain::ids::{DepartmentId, RevisitId};

use super::words::State;

/// Why a rule said no. The text is for the caller and free of personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Fields of the request do not fit each other or the state.
    #[error(transparent)]
    Invalid(#[from] InvalidFields),
    /// A moment is outside of what its field allows.
    #[error("{field} {what}")]
    TimeOutOfRange {
        /// The field.
        field: String,
        /// What it must be.
        what: &'static str,
    },
    /// It is with that person already.
    #[error("the revisit is with them already")]
    AlreadyAssigned(RevisitId),
    /// It is answered, closed, given up or cancelled.
    #[error("the revisit is {}", .state.name())]
    Over {
        /// Which.
        id: RevisitId,
        /// How it stands.
        state: State,
    },
    /// Its day, or the hour that the customer chose, has not come; or nobody was reached yet.
    #[error("the revisit is {} and not as far as that", .state.name())]
    NotOpen {
        /// Which.
        id: RevisitId,
        /// How it stands.
        state: State,
    },
    /// The customer is not to be disturbed at this hour.
    #[error("the customer is not to be disturbed at that hour")]
    QuietHours {
        /// When the quiet hours are over.
        until: Timestamp,
    },
    /// Questions that must be answered are not.
    #[error("questions are not answered: {}", .0.join(", "))]
    AnswersMissing(Vec<String>),
    /// Answers to what is not asked, or that are none of the choices.
    #[error("answers do not fit the script")]
    AnswersInvalid(Vec<FieldViolation>),
    /// There is no promise with that number.
    #[error("there is no promise {number}")]
    PromiseNotFound {
        /// The number.
        number: i32,
    },
    /// It was kept before.
    #[error("promise {number} was kept before")]
    PromiseKept {
        /// The number.
        number: i32,
    },
    /// Only the head of the department answers for it.
    #[error("only the head of the department that the revisit asks about answers it")]
    NotDepartmentHead(Option<DepartmentId>),
    /// It lacks what it needs to be closed.
    #[error("the revisit lacks {}", .0.join(", "))]
    Incomplete(Vec<&'static str>),
    /// Who handled the matter does not close what asks about it.
    #[error("who handled the matter does not close the revisit that asks about it")]
    SamePerson(RevisitId),
    /// A deadline cannot be reckoned.
    #[error(transparent)]
    Clock(#[from] ClockError),
}

impl Fault for Error {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Invalid(_) | Self::TimeOutOfRange { .. } | Self::AnswersInvalid(_) => {
                FaultKind::Invalid
            }
            Self::AlreadyAssigned(_)
            | Self::Over { .. }
            | Self::NotOpen { .. }
            | Self::QuietHours { .. }
            | Self::AnswersMissing(_)
            | Self::PromiseKept { .. }
            | Self::Incomplete(_) => FaultKind::RuleBroken,
            Self::PromiseNotFound { .. } => FaultKind::NotFound,
            Self::NotDepartmentHead(_) | Self::SamePerson(_) => FaultKind::Forbidden,
            Self::Clock(inner) => inner.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(inner) => inner.reason(),
            Self::TimeOutOfRange { .. } => "TIME_OUT_OF_RANGE",
            Self::AlreadyAssigned(_) => "ALREADY_ASSIGNED",
            Self::Over { .. } => "REVISIT_OVER",
            Self::NotOpen { .. } => "REVISIT_NOT_OPEN",
            Self::QuietHours { .. } => "QUIET_HOURS",
            Self::AnswersMissing(_) => "SCRIPT_ANSWERS_MISSING",
            Self::AnswersInvalid(_) => "SCRIPT_ANSWER_INVALID",
            Self::PromiseNotFound { .. } => "RESOURCE_NOT_FOUND",
            Self::PromiseKept { .. } => "PROMISE_KEPT",
            Self::NotDepartmentHead(_) => "NOT_DEPARTMENT_HEAD",
            Self::Incomplete(_) => "REVISIT_INCOMPLETE",
            Self::SamePerson(_) => "SAME_PERSON",
            Self::Clock(inner) => inner.reason(),
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Over { state, .. } | Self::NotOpen { state, .. } => {
                vec![("state", state.name().to_owned())]
            }
            Self::QuietHours { until } => vec![("until", until.to_string())],
            Self::AnswersMissing(questions) => vec![("questions", questions.join(","))],
            Self::NotDepartmentHead(Some(department)) => {
                vec![("department_id", department.to_string())]
            }
            Self::Incomplete(missing) => vec![("missing", missing.join(","))],
            Self::Clock(inner) => inner.metadata(),
            _ => Vec::new(),
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Invalid(inner) => inner.field_violations(),
            Self::TimeOutOfRange { field, what } => {
                vec![FieldViolation::new(field, "time_out_of_range", *what)]
            }
            Self::AnswersInvalid(wrong) => wrong.clone(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Clock(inner) => inner.retry_after(),
            _ => None,
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::AlreadyAssigned(id)
            | Self::Over { id, .. }
            | Self::NotOpen { id, .. }
            | Self::SamePerson(id) => Some((RevisitId::PREFIX, id.to_string())),
            Self::PromiseNotFound { number } => Some(("promise", number.to_string())),
            _ => None,
        }
    }
}
