//! The tables of the ledger. Postings and entries are only ever added to.

pub mod account;
pub mod entry;
pub mod payee;
pub mod payment;
pub mod posting;
pub mod recovery;
