//! What can go wrong with keys and sealed words. No text here carries a key or an opened word.

use kefu_kernel::{Fault, FaultKind};

/// A key ring cannot be used, or a sealed word cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The ring's text is not what it must be. The text says where, never what stands there.
    #[error("the key ring cannot be used: {0}")]
    Ring(String),
    /// The ring no longer holds the key that sealed this.
    #[error("the key ring has no key of version {0}, which sealed this")]
    KeyMissing(u32),
    /// It was altered, was sealed for another place or purpose, or never was a sealed word.
    #[error("a sealed value cannot be opened")]
    Broken,
}

impl Fault for SealError {
    fn kind(&self) -> FaultKind {
        FaultKind::Bug
    }

    /// None of these is anything that a caller did: see the log for which it was.
    fn reason(&self) -> &'static str {
        "INTERNAL"
    }
}
