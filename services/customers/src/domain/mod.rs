//! The words that customers, credit, revisits and the timeline share. Pure: nothing here reads a clock, a
//! table or the network.

pub mod ids;
pub mod quiet;
#[cfg(test)]
pub mod recorded;

use kefu_kernel::Timestamp;

/// What a rule needs to know of the call that it serves.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The present moment, by the record clock.
    pub now: Timestamp,
    /// Who acts: a principal's id.
    pub actor: &'a str,
}
