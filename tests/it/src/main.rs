//! The one integration-test binary: rules about the tree, contracts on every backend, stories.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod architecture;
mod crash;
mod dynamic;
mod import;
mod metrics;
mod permissions;
mod personal;
mod reasons;
mod rpcs;
mod seams;
mod source;
mod story;
mod suite;
mod tidy;
