//! The packages whose services the gateway offers to the outside.

use crate::rest::{Api, ApiError};

/// The descriptors of every package that is offered, of what they share (the reasons of errors), and
/// of the events that change feeds carry.
pub const DESCRIPTORS: [&[u8]; 5] = [
    kefu_api_common::FILE_DESCRIPTOR_SET,
    kefu_api_gateway::FILE_DESCRIPTOR_SET,
    kefu_api_tickets::FILE_DESCRIPTOR_SET,
    kefu_api_reporting::FILE_DESCRIPTOR_SET,
    kefu_api_events::FILE_DESCRIPTOR_SET,
];

/// The REST interface over all of them.
pub fn interface() -> Result<Api, ApiError> {
    Api::compile(DESCRIPTORS)
}
