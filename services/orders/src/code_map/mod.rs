//! Code maps: what the codes of carriers and partners mean. Versioned data, never code.

pub mod domain;
