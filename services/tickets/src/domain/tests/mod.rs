//! The rules by example and at random walk. Each test names a fact.

mod call;
mod clocks;
mod converse;
mod create;
mod data;
mod import;
mod link;
mod support;
mod transition;
mod update;
mod walks;
