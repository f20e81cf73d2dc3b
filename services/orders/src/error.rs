//! What a handler of orders may end with: a rule's refusal, or anything that every service may meet.

use std::time::Duration;

use kefu_kernel::{Fault, FaultKind};
pub use kefu_runtime::{Error, Result};

use crate::domain;

impl kefu_runtime::Refusal for domain::Error {}

/// Customers, who are asked for credit, do not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("customers does not answer whether credit allows it; try again")]
pub struct CustomersSilent;

impl Fault for CustomersSilent {
    fn kind(&self) -> FaultKind {
        FaultKind::Unavailable
    }

    fn reason(&self) -> &'static str {
        "DEPENDENCY_UNAVAILABLE"
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("service", "customers".to_owned())]
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(Duration::from_secs(1))
    }
}

impl kefu_runtime::Refusal for CustomersSilent {}
