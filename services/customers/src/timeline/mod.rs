//! What happened with a customer, over every service.

pub mod domain;
pub(crate) mod projection;
pub(crate) mod rpc;
pub(crate) mod store;
