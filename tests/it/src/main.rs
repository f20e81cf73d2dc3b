//! The one integration-test binary: rules about the tree, contracts on every backend, stories.

mod architecture;
mod source;
mod tidy;
