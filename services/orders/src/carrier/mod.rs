//! Carriers: what their numbers look like, and how their scans are to be read.

pub mod domain;
pub(crate) mod rpc;
pub(crate) mod store;
