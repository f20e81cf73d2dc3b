//! What the rules of all concerns share: words, ids, refusals.

pub mod clocks;
pub mod error;
pub mod ids;
#[cfg(test)]
pub(crate) mod testing;
pub mod words;

pub use self::clocks::Clocks;
pub use self::error::Error;

/// What a rule needs to know of the call that it serves.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The present moment, by the record clock.
    pub now: kefu_kernel::Timestamp,
    /// Who acts: a principal's id.
    pub actor: &'a str,
}

/// A count as events carry it.
pub(crate) fn count(of: usize) -> i32 {
    i32::try_from(of).unwrap_or(i32::MAX)
}

/// Refuses a moment that has not come yet.
pub(crate) fn not_ahead(
    field: &'static str,
    at: kefu_kernel::Timestamp,
    now: kefu_kernel::Timestamp,
) -> Result<(), Error> {
    if at > now { Err(Error::invalid(field, "not_ahead", "is not later than now")) } else { Ok(()) }
}
