//! Decisions on claims, and whose authority they need.

pub mod domain;
pub(crate) mod rpc;
pub(crate) mod store;
