//! Everything that a call to the directory can be answered with besides its reply: one enum, whose
//! parts know their own reasons.

use std::time::Duration;

use kefu_kernel::{Fault, FaultKind, FieldViolation};
use kefu_store::page::ListError;
use kefu_store::seal::SealError;
use kefu_store::{NotFound, RunError, RunnerError, StoreError};

use crate::domain;

/// This crate's failures.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule refused.
    #[error(transparent)]
    Rule(#[from] domain::Error),
    /// There is no such thing, for this caller.
    #[error(transparent)]
    Missing(#[from] NotFound),
    /// The list cannot be answered.
    #[error(transparent)]
    List(#[from] ListError),
    /// The runner could not or would not carry a command out.
    #[error(transparent)]
    Runner(RunnerError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret in a stored reply cannot be opened.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl From<RunError<Self>> for Error {
    fn from(error: RunError<Self>) -> Self {
        match error {
            RunError::Refused(error) => error,
            RunError::Runner(error) => Self::Runner(error),
        }
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl Error {
    fn fault(&self) -> &dyn Fault {
        match self {
            Self::Rule(error) => error,
            Self::Missing(error) => error,
            Self::List(error) => error,
            Self::Runner(error) => error,
            Self::Store(error) => error,
            Self::Seal(error) => error,
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> FaultKind {
        self.fault().kind()
    }

    fn reason(&self) -> &'static str {
        self.fault().reason()
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        self.fault().metadata()
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        self.fault().field_violations()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.fault().retry_after()
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        self.fault().resource()
    }
}
