//! How far a customer is trusted with money.

pub mod domain;
pub(crate) mod projection;
pub(crate) mod rpc;
pub(crate) mod store;
