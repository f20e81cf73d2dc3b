//! The money of claims, in double entry.

pub mod domain;
pub(crate) mod rpc;
pub(crate) mod store;
