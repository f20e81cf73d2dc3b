//! Follow-ups: who keeps an eye on an order, and what each look at it found.

pub mod domain;
pub(crate) mod rpc;
mod service;
pub(crate) mod store;
