//! The gateway: what callers from outside meet, and the directory of who they are.
//!
//! - [`rest`] and [`openapi`]: every RPC of every service as REST, described.
//! - [`access`]: who calls, by API key or token; [`shipped`]: what roles come with Kefu.
//! - the directory itself: `rpc` (a file per RPC) over `domain` (the rules) and `store` (the tables).
//! - [`service()`]: all of it as a service of the suite.

pub mod access;
mod bootstrap;
pub mod domain;
mod error;
mod gateway;
mod interface;
mod migrations;
pub mod openapi;
pub mod rest;
mod rpc;
mod service;
pub mod shipped;
mod store;

pub use interface::{DESCRIPTORS, interface};
pub use service::{GatewayOptions, service};
pub use store::person::PERSONAL;
