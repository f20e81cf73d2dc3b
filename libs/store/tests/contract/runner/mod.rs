//! The command runner, against its promises.

pub mod batches;
mod crashing;
mod failing;
pub mod faults;
mod generated;
pub mod harness;
mod personal;
mod replicas;
