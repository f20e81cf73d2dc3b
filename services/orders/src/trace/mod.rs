//! Traces: inspections of goods that somebody asked for.

pub mod domain;
