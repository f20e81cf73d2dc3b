//! What rows and states are made of each other with: instants as columns, and rows that no rule wrote.

use kefu_kernel::Timestamp;

use crate::StoreError;

/// An instant as a column has it, in milliseconds since 1970.
pub fn millis(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_millis)
}

/// An instant from its column.
pub fn instant(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

/// A row says what no rule of ours has written: an altered database, or a defect. `what` is what cannot be
/// read, such as "channel".
pub fn broken(what: impl std::fmt::Display) -> StoreError {
    StoreError::Defect(format!("a stored {what} is not one that this version knows"))
}
