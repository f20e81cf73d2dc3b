//! The gateway: REST, gRPC-Web and the directory.

pub mod rest;
