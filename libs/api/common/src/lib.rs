//! What all packages share: common messages and what generated code stands on.

include!(concat!(env!("OUT_DIR"), "/api.rs"));
