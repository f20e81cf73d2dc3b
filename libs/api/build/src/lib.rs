//! Turns one proto package into the Rust code of one crate, from its `build.rs` in one call.
//!
//! A crate of `libs/api` is its `build.rs` (`kefu_api_build::build("kefu.tickets.v1")`) and one
//! `include!`. It gets, in a module `v1`: prost messages; tonic clients with the plain codec; tonic
//! servers with the codec that validates; `Validate`, `Mutation` and `Update` for the requests. Beside
//! it stands `FILE_DESCRIPTOR_SET`, with every option kept. No protoc is needed: protox compiles.
//!
//! The build fails where a proto breaks a convention that cannot be left to review: an RPC without
//! permission or HTTP rule, a rule that is not supported, a request field without bound, personal
//! data in a URL.

mod binding;
mod code;
mod compile;
mod conventions;
mod facts;
mod model;
mod names;
mod options;
mod requests;
mod rules;
#[cfg(test)]
mod tests;
mod validate;

pub use compile::{Build, build, build_data};
