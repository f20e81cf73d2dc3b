//! Events as services record them, made by hand: for tests.

use kefu_kernel::{Recorded, Timestamp, partition_of};
use prost::{Message, Name};
use uuid::Uuid;

/// An event of an aggregate of this kind.
pub fn recorded<P: Message + Name>(kind: &str, at: Timestamp, payload: &P) -> Recorded {
    let id = Uuid::from_u128(0x66);
    Recorded {
        event_id: Uuid::from_u128(1),
        service: "any".into(),
        aggregate_type: kind.into(),
        aggregate_id: id,
        version: 2,
        type_name: P::full_name(),
        payload: payload.encode_to_vec(),
        changed: Vec::new(),
        branch: None,
        actor: "person_agent".into(),
        on_behalf_of: None,
        cause: "test".into(),
        traceparent: String::new(),
        recorded_at: at,
        historic: false,
        partition: partition_of(id),
        position: 1,
    }
}
