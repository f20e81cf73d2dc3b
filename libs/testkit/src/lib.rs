//! What tests use and production never sees: private servers, certificates, child processes, and the
//! two clocks as a test moves them.
//!
//! Every server that is started here is private to one test process: its own folder, its own free
//! loopback port. A guard process ends it and removes its folder even when the test is killed.

mod callers;
pub mod certs;
pub mod clock;
mod deployment;
mod guard;
pub mod nats;
pub mod otlp;
pub mod ports;
pub mod postgres;
pub mod process;
mod settle;
mod shape;
mod site;
mod world;

pub use callers::{Bearer, Callers, Transport};
pub use deployment::Deployment;
pub use guard::Folder;
pub use shape::Kefu;
pub use site::Site;
pub use world::World;

/// Tells why tests of a backend do not run here. Where the environment demands every backend
/// (`KEFU_TEST_BACKENDS=all`, as the whole test run does), an absent one is a failure instead.
fn absent<T>(backend: &str, reason: &str) -> Option<T> {
    let demanded = std::env::var("KEFU_TEST_BACKENDS").is_ok_and(|wanted| wanted == "all");
    assert!(!demanded, "{backend} is demanded by KEFU_TEST_BACKENDS=all, but {reason}");
    println!("not run on {backend}: {reason}");
    None
}
