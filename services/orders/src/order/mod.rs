//! Orders: what customers want carried or done, from the first word to its end.

mod credit;
pub mod domain;
pub(crate) mod rpc;
pub(crate) mod store;
