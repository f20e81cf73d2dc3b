//! The command runner: takes the commands that wait, loads what they need with one statement per
//! table, decides them one after another in memory, and commits their effects together.
//!
//! What it promises, whatever comes together in a batch: the result equals running the commands one
//! after another; a command has all of its effects (rows, one event per version, timers, outgoing
//! commands, its stored reply) or none; a bad command fails alone; a repeat under the same
//! idempotency key is answered from the first. It never takes a row lock to read: what was loaded is
//! guarded by its version when it is written, and a miss is decided again.
//!
//! The way of a command: [`queue`] → [`task`] (batches, redoing, running apart) → [`load`] → [`batch`]
//! and [`work`] (deciding) → [`save`].

mod aggregate;
mod batch;
mod change;
mod command;
mod error;
mod etag;
mod idempotency;
mod load;
mod lookup;
mod needs;
mod numbers;
mod queue;
mod reliance;
mod rows;
mod save;
mod staged;
mod task;
mod work;

pub use self::aggregate::Aggregate;
pub use self::change::Target;
pub use self::command::{Command, Done};
pub use self::error::{KeyTaken, NotFound, RunError, RunnerError};
pub use self::lookup::ids_in;
pub use self::needs::{Loading, Needs};
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
