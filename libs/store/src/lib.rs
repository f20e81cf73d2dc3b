//! The database of a service: connect, migrate, read, write, and the command runner.
//!
//! There are two ways to change data. Commands go through the runner, which loads, decides and writes
//! many of them in one transaction, with their events and idempotency rows. Everything else (folds,
//! numbering, leases, timers) uses [`Store::write`]. Reads go through [`Store::reader`], whose
//! connections refuse to write.

mod config;
mod connect;
pub mod custom_field;
pub mod deadline;
mod error;
pub mod fault_point;
pub mod filter;
pub mod migrate;
mod months;
pub mod page;
mod reader;
pub mod row;
pub mod runner;
pub mod seal;
pub mod search;
mod sight;
mod statements;
mod store;
pub mod tables;
mod wake;
mod write;

pub use config::{StoreConfig, Tls};
pub use error::StoreError;
pub use fault_point::{FaultPoint, Faults};
pub use migrate::{Migration, Schema};
pub use months::Month;
pub use reader::Reader;
pub use runner::{
    Aggregate, Command, Done, ExternalIdTaken, ExternalKey, KeyTaken, Loading, Needs, NotFound,
    Outgoing, Rows, RunError, Runner, RunnerError, RunnerOptions, RunnerTask, Target, Work, ids_in,
};
pub use sight::{counts_in_sight, in_sight};
pub use statements::StatementCount;
pub use store::Store;
pub use wake::{Committed, Topic, WakeTask};
pub use write::{WriteTx, in_transaction};
