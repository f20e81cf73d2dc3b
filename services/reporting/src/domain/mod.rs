//! The rules of reporting: when a projection may be rebuilt, and what its record then tells.

mod rebuild;

pub use rebuild::{Rebuild, RebuildState};
