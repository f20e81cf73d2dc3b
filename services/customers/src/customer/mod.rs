//! Who a customer is: profile, contact points, consent, lists, merging and forgetting.

pub mod domain;
pub(crate) mod projections;
pub(crate) mod rpc;
pub(crate) mod store;
