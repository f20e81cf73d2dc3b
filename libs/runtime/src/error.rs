//! Why a service refuses, or cannot answer: one type for all services, so that a handler writes `?` and no
//! more. What it holds says kind, reason and details by itself.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use kefu_kernel::clock::ClockError;
use kefu_kernel::field::FieldsInvalid;
use kefu_kernel::money::MoneyError;
use kefu_kernel::{Fault, FaultKind, FieldViolation, InvalidFields, UnknownReference};
use kefu_outbox::{HistoryError, OutboxError, WatchError};
use kefu_store::filter::FilterError;
use kefu_store::page::ListError;
use kefu_store::seal::SealError;
use kefu_store::{ExternalIdTaken, KeyTaken, NotFound, RunError, RunnerError, StoreError};

use crate::directory::DirectoryError;

/// What a handler answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A fault that may end a call to a service: `impl Refusal for domain::Error {}` is all that a service adds
/// for the errors of its own rules.
pub trait Refusal: Fault {}

/// Why a call has no reply. Made of every [`Refusal`] by `?`.
pub struct Error(Box<dyn Fault>);

impl Error {
    /// What it is, where it is a `T`: for the few who can go on after it.
    pub fn find<T: Refusal>(&self) -> Option<&T> {
        (self.0.as_ref() as &(dyn StdError + 'static)).downcast_ref()
    }
}

impl<R: Refusal> From<R> for Error {
    fn from(refusal: R) -> Self {
        Self(Box::new(refusal))
    }
}

impl From<RunError<Self>> for Error {
    fn from(error: RunError<Self>) -> Self {
        match error {
            RunError::Refused(error) => error,
            RunError::Runner(error) => error.into(),
        }
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        StoreError::from(error).into()
    }
}

impl From<HistoryError> for Error {
    fn from(error: HistoryError) -> Self {
        match error {
            HistoryError::List(error) => error.into(),
            HistoryError::Store(error) => error.into(),
        }
    }
}

impl Refusal for ClockError {}
impl Refusal for DirectoryError {}
impl Refusal for ExternalIdTaken {}
impl Refusal for FieldsInvalid {}
impl Refusal for FilterError {}
impl Refusal for InvalidFields {}
impl Refusal for KeyTaken {}
impl Refusal for ListError {}
impl Refusal for MoneyError {}
impl Refusal for NotFound {}
impl Refusal for OutboxError {}
impl Refusal for RunnerError {}
impl Refusal for SealError {}
impl Refusal for StoreError {}
impl Refusal for UnknownReference {}
impl Refusal for WatchError {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl Fault for Error {
    fn kind(&self) -> FaultKind {
        self.0.kind()
    }

    fn reason(&self) -> &'static str {
        self.0.reason()
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        self.0.metadata()
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        self.0.field_violations()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after()
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        self.0.resource()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_what_it_was_made_of() {
        let id = kefu_kernel::id::Uuid::nil();
        let error = Error::from(NotFound { kind: "ticket", id });
        assert_eq!((error.kind(), error.reason()), (FaultKind::NotFound, "RESOURCE_NOT_FOUND"));
        assert_eq!(error.find::<NotFound>(), Some(&NotFound { kind: "ticket", id }));
        assert!(error.find::<KeyTaken>().is_none());
        let refused = Error::from(RunError::Refused(error));
        assert!(refused.find::<NotFound>().is_some());
        let contended = Error::from(RunError::<Error>::Runner(RunnerError::Contended));
        assert!(matches!(contended.find(), Some(RunnerError::Contended)));
    }
}
