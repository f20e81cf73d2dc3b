//! Offers: what each side would settle a claim for.

pub mod domain;
pub(crate) mod rpc;
pub(crate) mod store;
