//! Return contacts: what owes them, how they are made, when they are over. The rules and their rows are here;
//! no RPC serves them yet.

pub mod domain;
pub mod store;
