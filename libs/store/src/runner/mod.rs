//! The command runner: takes the commands that wait, loads what they need with one statement per
//! table, decides them one after another in memory, and commits their effects together.
//!
//! What it promises, whatever comes together in a batch: the result equals running the commands one
//! after another; a command has all of its effects (rows, one event per version, timers, outgoing
//! commands, what it changed of personal values, its stored reply) or none; a bad command fails alone; a repeat under the same
//! idempotency key is answered from the first. It never takes a row lock to read: what was loaded is
//! guarded by its version when it is written, and a miss is decided again.
//!
//! Where the connection breaks during a commit, nobody knows at first whether it happened. A command with
//! an idempotency key is then looked up as soon as the database answers: it gets the stored reply where
//! it was committed, and is decided again where it was not. Where the database does not come back in
//! time, and for a command without a key, the answer is OUTCOME_UNKNOWN (UNAVAILABLE): it never says of a
//! change that may have been made that it was not. With a key it carries RetryInfo, for asking again under
//! that key is safe; without one it carries none.
//!
//! The way of a command: [`queue`] → [`task`] (batches, redoing, running apart) → [`load`] → [`batch`]
//! and [`work`] (deciding) → [`save`]; [`settle`] after a commit whose outcome is not known.

mod aggregate;
mod batch;
mod change;
mod command;
mod error;
mod etag;
mod external;
mod idempotency;
mod load;
mod lookup;
mod needs;
mod numbers;
mod personal;
mod queue;
mod reliance;
mod rows;
mod save;
mod settle;
mod staged;
mod task;
mod work;

pub use self::aggregate::Aggregate;
pub use self::change::Target;
pub use self::command::{Command, Done};
pub use self::error::{KeyTaken, NotFound, RunError, RunnerError};
pub use self::external::{ExternalIdTaken, ExternalKey};
pub use self::lookup::ids_in;
pub use self::needs::{Loading, Needs};
pub use self::personal::Personal;
pub use self::queue::Runner;
pub use self::rows::Rows;
pub use self::staged::Outgoing;
pub use self::task::RunnerTask;
pub use self::work::Work;

/// Bounds of a runner.
#[derive(Clone, Copy, Debug)]
pub struct RunnerOptions {
    /// Commands that may wait; more are refused with RESOURCE_EXHAUSTED.
    pub queue: usize,
    /// Commands in one transaction, at most.
    pub batch: usize,
    /// Aggregates and keys loaded for one transaction; a batch ends with the command that reaches it.
    pub batch_loads: usize,
    /// How often a batch is decided again after others changed what it had loaded.
    pub redo: u32,
    /// Numbers leased at a time, per kind.
    pub number_block: u32,
}

impl Default for RunnerOptions {
    fn default() -> Self {
        Self { queue: 2_048, batch: 256, batch_loads: 4_096, redo: 3, number_block: 100 }
    }
}
