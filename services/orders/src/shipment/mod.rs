//! Shipments: what a carrier carries under one number, and where it is by what was told of it.

pub mod domain;
pub mod store;
