//! What requests say, in the words of the rules. Validation has checked forms and enums before.

use kefu_api_tickets::v1;
use kefu_kernel::UnknownReference;

use crate::domain::ticket::Requester;
use crate::domain::words::{Level, LinkKind};

/// The kind of a link.
pub fn link_kind(number: i32) -> Result<LinkKind, UnknownReference> {
    LinkKind::from_wire(number).ok_or_else(|| UnknownReference::new("kind", &number.to_string()))
}

/// A grade; unspecified counts as medium.
pub fn level(number: i32) -> Level {
    match v1::Level::try_from(number) {
        Ok(v1::Level::Low) => Level::Low,
        Ok(v1::Level::High) => Level::High,
        _ => Level::Medium,
    }
}

/// What a caller gave of themselves.
pub fn requester(requester: Option<v1::Requester>) -> Requester {
    let v1::Requester { name, phone, email } = requester.unwrap_or_default();
    Requester { name, phone, email }
}
