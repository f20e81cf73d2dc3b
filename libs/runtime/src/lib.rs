//! What turns libraries and services into a running process.
//!
//! - [`config`]: one typed configuration, read once, every mistake named.
//! - [`Service`] is what a service's crate defines; [`Suite`] holds all of them and starts those that
//!   the configuration chooses, in one process or as one of several; [`Running`] is such a process.
//!   [`serve()`] is the whole of it, with signals.
//! - [`tasks`]: named background work, the one place where it is spawned, stopped in order.
//! - [`data`]: the data folder, which belongs to one process; [`keys`]: what signs and seals;
//!   [`clock`]: the record clock, moved for demonstrations.
//!
//! - [`directory`]: what every service knows of branches, departments, people, roles and calendars;
//!   [`Error`]: what a handler of any service may end with; [`intake`]: requests of many items.
//!
//! Nothing here knows what any service does.

mod assemble;
mod backends;
pub mod clock;
pub mod config;
pub mod data;
pub mod directory;
mod doors;
pub mod drain;
mod endpoints;
mod error;
mod firing;
pub mod intake;
pub mod keys;
mod listen;
mod outgoing;
mod readiness;
mod running;
mod serve;
mod service;
mod shared;
mod suite;
pub mod systemd;
pub mod tasks;

pub use endpoints::Endpoints;
pub use error::{Error, Refusal, Result};
pub use running::{Hosted, Running};
pub use serve::{serve, telemetry};
pub use service::{Context, Face, Parts, Rest, Service};
pub use suite::{Suite, Surroundings};
