//! Points on the write path at which a test can make a transaction fail, wait, or end the process.
//!
//! In production no hook is installed and a point costs one branch. With one, the crash matrix visits
//! every step between a command and its reply.

use futures::future::BoxFuture;

use crate::StoreError;

/// A step of the write path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultPoint {
    /// Before BEGIN.
    BeforeBegin,
    /// After a statement has written to the table named.
    AfterWrite(&'static str),
    /// Everything is written, COMMIT is not sent.
    BeforeCommit,
    /// COMMIT has succeeded, nobody has been told.
    AfterCommit,
}

/// What a test does at fault points.
pub trait Faults: Send + Sync + 'static {
    /// Called at each point; an error fails the transaction there (after a commit it means that the
    /// answer was lost). It may wait for the test, or abort the process.
    fn reached(&self, point: FaultPoint) -> BoxFuture<'_, Result<(), StoreError>>;
}
