//! Orders played through the public API: the gateway and this service in one process.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod carriers;
mod follow_ups;
mod intake;
mod orders;
mod world;
