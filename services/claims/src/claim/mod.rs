//! Claims themselves: filing, evidence, investigation, assessment, appeal and end.

pub mod domain;
pub(crate) mod rpc;
pub(crate) mod store;
