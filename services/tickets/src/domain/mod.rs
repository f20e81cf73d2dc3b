//! The rules of tickets and calls, pure: each verb takes the state and what it needs to know, and
//! returns the new state with the events that tell of it, or says why not. Nothing here reads a clock,
//! a table or the network.
//!
//! - `ticket/`: the ticket and its verbs, one file per concern.
//! - `call.rs`: a telephone call, folded from what a telephone system tells of it.
//! - `rules.rs`, `types.rs`, `policies.rs`: the data that the rules go by, checked at start; shipped in
//!   `types.toml` and `policies.toml`.
//! - `words.rs`, `ids.rs`, `message.rs`: what tickets are described with.
//! - `error.rs`: everything that a rule can refuse.

pub mod call;
pub mod error;
pub mod ids;
pub mod message;
pub mod policies;
pub mod rules;
pub mod ticket;
pub mod types;
pub mod words;

#[cfg(test)]
mod tests;

pub use self::call::Call;
pub use self::error::Error;
pub use self::message::Message;
pub use self::rules::{Context, Rules};
pub use self::ticket::Ticket;
