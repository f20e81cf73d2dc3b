//! Between the database and the bus: the only crate that knows both.
//!
//! On the owner's side, [`Owner`] numbers committed events without a gap, chains and signs them
//! ([`audit`]), and relays them. On the reader's side, a [`Consumer`] folds events into a
//! [`Projection`], each once, with dead letters for what does not fold; [`rebuild()`] makes a
//! projection anew beside the live one. [`watching`] tells callers of changes, [`history()`] of what happened
//! to one thing. Beside these, [`Timers`] fire deadlines and [`Outbound`] makes
//! the calls that transactions have decided on.

mod api;
pub mod audit;
mod backlog;
pub mod changes;
mod consumer;
pub mod dead_letter;
mod error;
mod fold;
mod folds;
mod history;
mod lease;
mod numbering;
mod outgoing;
mod owner;
mod rebuild;
mod relay;
mod retention;
mod source;
mod sql;
pub mod tables;
mod timers;
pub mod watching;
mod wire;

pub use api::{EventsApi, EventsError, cursor};
pub use audit::HeadSigner;
pub use changes::{Heads, Positions};
pub use consumer::{Consumer, ConsumerOptions, folded, live_generation};
pub use error::OutboxError;
pub use fold::{FoldError, Folder, Projection};
pub use folds::Folds;
pub use history::{HistoryError, HistoryPage, HistoryRequest, history};
pub use lease::{Held, Leases, free_leases};
pub use numbering::{number, prepare as prepare_numbering};
pub use outgoing::{Answer, Caller, Outbound, Outgoing};
pub use owner::{Owner, OwnerOptions, relayed};
pub use rebuild::{Progress, rebuild};
pub use relay::publish;
pub use retention::Retention;
pub use source::{ChangeSource, RemoteLog};
pub use timers::{Timer, TimerHandler, Timers};
pub use watching::{Feed, WatchError, Watched};

/// The messages that [`events_service!`] names.
#[doc(hidden)]
pub use kefu_api_common::v1 as proto;
use kefu_telemetry::KeyValue;

fn attributes(service: &str) -> [KeyValue; 1] {
    [KeyValue::new("service", service.to_owned())]
}
