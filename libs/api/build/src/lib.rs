//! Turns one proto package into the Rust code of one crate, from its `build.rs` in one call.
//!
//! A crate of `libs/api` is its `build.rs` (`kefu_api_build::build("kefu.tickets.v1")`) and one
//! `include!`. It gets, in a module `v1`: prost messages, tonic clients with the plain codec, and
//! beside it `FILE_DESCRIPTOR_SET` with every option kept. No protoc is needed: protox compiles.

mod compile;
mod names;

pub use compile::{build, build_data};
