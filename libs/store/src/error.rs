//! What can go wrong at the database, sorted by what a caller can do about it.
//!
//! sea-orm and sqlx know only unique and foreign-key violations; whether a statement may be tried
//! again, whether a commit may have happened and whether the disk is full is decided here, once.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use kefu_kernel::{Fault, FaultKind};
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

/// Anything that keeps a statement or a transaction from its end.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// A row with the same unique key is there already.
    #[error("another {table} with the same unique value exists")]
    Unique {
        /// The table, without its schema.
        table: String,
        /// PostgreSQL: the index's name; SQLite: the columns.
        constraint: String,
        /// The driver's words.
        source: Cause,
    },
    /// A check, a foreign key or a NOT NULL refused the row.
    #[error("the database refused a row")]
    Constraint(#[source] Cause),
    /// Another transaction was in the way; the same work may succeed now.
    #[error("the database was busy with a conflicting change")]
    Busy(#[source] Cause),
    /// A lock was not released within the time allowed for waiting.
    #[error("a conflicting change did not finish in time")]
    LockTimeout(#[source] Cause),
    /// The database cannot be reached or went away; nothing was committed.
    #[error("the database does not answer")]
    Lost(#[source] Cause),
    /// The connection broke while the commit was under way: it may or may not have happened.
    #[error("the connection broke during the commit, its outcome is not known")]
    OutcomeUnknown(#[source] Cause),
    /// No space is left for the database.
    #[error("the database's disk is full")]
    DiskFull(#[source] Cause),
    /// The configuration or the server's settings do not allow safe work. The text says what to do.
    #[error("{0}")]
    Unsuitable(String),
    /// A newer version of Kefu has migrated this database.
    #[error("the database was migrated by a newer version, this one does not know: {}", .0.join(", "))]
    SchemaNewer(Vec<String>),
    /// Migrations are due and were not run.
    #[error("the database is not migrated, run `kefu migrate`: missing {}", .0.join(", "))]
    SchemaOlder(Vec<String>),
    /// Our own defect: a value that does not fit its column, a broken promise between parts.
    #[error("defect: {0}")]
    Defect(String),
    /// Any other error of the database.
    #[error("the database reported an error")]
    Other(#[source] Cause),
}

/// The driver's error below a [`StoreError`].
pub type Cause = Arc<sqlx::Error>;

impl StoreError {
    /// Whether the same work may succeed when it is done again at once.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::LockTimeout(_) | Self::Lost(_))
    }

    /// Whether the database was asked for a connection until the time for that was over.
    pub(crate) fn waited_for_connection(&self) -> bool {
        matches!(self, Self::Lost(cause) if matches!(**cause, sqlx::Error::PoolTimedOut))
    }

    /// The same error, met while committing: what cannot be told from a lost answer becomes unknown.
    pub(crate) fn at_commit(self) -> Self {
        match self {
            Self::Lost(cause) | Self::Other(cause) => Self::OutcomeUnknown(cause),
            certain => certain,
        }
    }
}

impl Fault for StoreError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Unique { .. } => FaultKind::Exists,
            Self::Busy(_) | Self::LockTimeout(_) => FaultKind::Stale,
            Self::Lost(_) | Self::OutcomeUnknown(_) => FaultKind::Unavailable,
            Self::DiskFull(_)
            | Self::Unsuitable(_)
            | Self::SchemaNewer(_)
            | Self::SchemaOlder(_) => FaultKind::Unavailable,
            Self::Constraint(_) | Self::Defect(_) | Self::Other(_) => FaultKind::Bug,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Unique { .. } => "RESOURCE_EXISTS",
            Self::Busy(_) | Self::LockTimeout(_) => "CONCURRENT_CHANGE",
            Self::OutcomeUnknown(_) => "OUTCOME_UNKNOWN",
            Self::Lost(_)
            | Self::DiskFull(_)
            | Self::Unsuitable(_)
            | Self::SchemaNewer(_)
            | Self::SchemaOlder(_) => "STORAGE_UNAVAILABLE",
            Self::Constraint(_) | Self::Defect(_) | Self::Other(_) => "INTERNAL",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy(_) | Self::LockTimeout(_) => Some(Duration::from_millis(50)),
            Self::Lost(_) | Self::OutcomeUnknown(_) => Some(Duration::from_millis(500)),
            Self::DiskFull(_) => Some(Duration::from_secs(5)),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        classify(Arc::new(error))
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => classify(cause),
            DbErr::ConnectionAcquire(reason) => Self::Lost(Arc::new(match reason {
                ConnAcquireErr::Timeout => sqlx::Error::PoolTimedOut,
                ConnAcquireErr::ConnectionClosed => sqlx::Error::PoolClosed,
            })),
            other => Self::Defect(other.to_string()),
        }
    }
}

fn classify(cause: Cause) -> StoreError {
    let sqlx::Error::Database(reported) = &*cause else {
        return match &*cause {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::BeginFailed
            | sqlx::Error::WorkerCrashed => StoreError::Lost(cause),
            sqlx::Error::Configuration(reason) => StoreError::Unsuitable(reason.to_string()),
            _ => StoreError::Other(cause),
        };
    };
    let code = reported.code().unwrap_or(Cow::Borrowed(""));
    match (code.as_ref(), reported.kind()) {
        (_, sqlx::error::ErrorKind::UniqueViolation) => {
            let (table, constraint) = violated(reported.as_ref());
            StoreError::Unique { table, constraint, source: Arc::clone(&cause) }
        }
        ("40001" | "40P01", _) => StoreError::Busy(cause),
        ("55P03", _) => StoreError::LockTimeout(cause),
        ("53100", _) => StoreError::DiskFull(cause),
        ("57P01" | "57P02" | "57P03" | "53300", _) => StoreError::Lost(cause),
        (sqlstate, _) if sqlstate.len() == 5 && sqlstate.starts_with("08") => {
            StoreError::Lost(cause)
        }
        (sqlstate, _) if sqlstate.len() == 5 && sqlstate.starts_with("23") => {
            StoreError::Constraint(cause)
        }
        // SQLite: the low byte of the extended result code is the primary one.
        (number, _) => match number.parse::<i32>().map(|code| code & 0xff) {
            // Waited for in vain; a snapshot that is too old could be taken again at once.
            Ok(SQLITE_BUSY) if number != "517" => StoreError::LockTimeout(cause),
            Ok(SQLITE_BUSY | SQLITE_LOCKED) => StoreError::Busy(cause),
            Ok(SQLITE_FULL) => StoreError::DiskFull(cause),
            Ok(SQLITE_CONSTRAINT) => StoreError::Constraint(cause),
            _ => StoreError::Other(cause),
        },
    }
}

const SQLITE_BUSY: i32 = 5;
const SQLITE_LOCKED: i32 = 6;
const SQLITE_FULL: i32 = 13;
const SQLITE_CONSTRAINT: i32 = 19;

/// Table and index (or columns) of a unique violation. SQLite tells them only in its message:
/// `UNIQUE constraint failed: ticket.number`.
fn violated(reported: &dyn sqlx::error::DatabaseError) -> (String, String) {
    if let Some(table) = reported.table() {
        return (table.to_owned(), reported.constraint().unwrap_or("key").to_owned());
    }
    let columns = reported.message().rsplit(": ").next().unwrap_or_default();
    let table = columns.split('.').next().unwrap_or_default();
    (table.to_owned(), columns.to_owned())
}
