//! Generates one Rust crate per proto package; see build().
