//! Secrets at rest: sealed columns, blind indexes, and the key ring that both stand on.
//!
//! A [`KeyRing`] is read once, from a file or the environment; a service works with its own [`Keys`],
//! derived from the ring by its name, so that no service can open another's secrets. New words are
//! sealed with the newest key and opened with whichever sealed them. Seeds of signing keys come from
//! the same ring; making signatures is left to those who sign.

mod error;
mod keys;
mod ring_file;

pub use error::SealError;
pub use keys::{Keys, Place, Purpose};
pub use ring_file::KeyRing;
