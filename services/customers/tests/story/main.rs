//! Customers played through the public API: the gateway and this service in one process.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod credit;
mod customers;
mod sight;
mod timeline;
mod world;
