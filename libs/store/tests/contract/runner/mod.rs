//! The command runner, against its promises.

mod batches;
mod crashing;
mod failing;
mod faults;
mod generated;
mod harness;
mod replicas;
