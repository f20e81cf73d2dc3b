//! The bytes that a dead letter keeps of an event: the change feed's form of it.

use kefu_api_common::v1::Change;
use kefu_kernel::Recorded;
use prost::Message;

use crate::OutboxError;

/// What a dead letter keeps.
pub fn encode(event: &Recorded) -> Vec<u8> {
    Change::from(event).encode_to_vec()
}

/// The event that a dead letter keeps.
pub fn decode(bytes: &[u8]) -> Result<Recorded, OutboxError> {
    let change = Change::decode(bytes)
        .map_err(|error| OutboxError::Broken(format!("a kept event does not decode: {error}")))?;
    Recorded::try_from(change).map_err(|error| OutboxError::Broken(error.to_string()))
}
