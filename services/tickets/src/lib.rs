//! The tickets service.

pub mod domain;
