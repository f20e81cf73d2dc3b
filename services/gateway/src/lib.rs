//! The gateway: REST, gRPC-Web and the directory.

mod interface;
pub mod openapi;
pub mod rest;

pub use interface::{DESCRIPTORS, interface};
