//! The tables of claims themselves, and how a claim is read from and written to all of its tables.

pub mod aggregate;
pub mod checklist;
pub mod claim;
pub mod custody;
pub mod evidence;
pub mod exposure;
pub mod line;
pub mod link;
pub mod person;
pub mod resource;
pub mod share;
