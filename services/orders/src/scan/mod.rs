//! Scans: what carriers and others tell of shipments, as it came and as it was read.

pub mod domain;
pub mod store;
