//! What a handler of customers may end with: a rule's refusal, or anything that every service may meet.

pub use kefu_runtime::{Error, Result};

use crate::{credit, customer};

impl kefu_runtime::Refusal for customer::domain::Error {}
impl kefu_runtime::Refusal for credit::domain::Error {}
