//! Messages as JSON, by the canonical mapping of Protocol Buffers.
//!
//! Written JSON has lowerCamelCase names and shows fields that hold their default (an empty string,
//! zero, an empty list), so that a reader sees every field; only what can be told to be absent
//! (messages, `optional` fields, members of a oneof) is left out when it is not set. 64-bit integers
//! are strings, since JSON readers lose digits of numbers.

mod read;
mod tree;
mod write;

pub use read::{read, read_field};
pub use tree::parse;
pub use write::{Defaults, write, write_value};
