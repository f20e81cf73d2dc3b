//! What a handler of claims may end with: a rule's refusal, or anything that every service may meet.

pub use kefu_runtime::{Error, Result};

use crate::domain;

impl kefu_runtime::Refusal for domain::error::Error {}
