//! An event as it is recorded, numbered and carried: the same facts in the owner's log, on the bus
//! and in the change feed.
//!
//! The payload is the protobuf form of a message of `kefu.events.v1`; this type knows only its name.

use ring::digest::{SHA256, digest};
use uuid::Uuid;

use crate::Timestamp;

/// Into how many partitions a service's events are divided. Fixed in v1: it is part of the subjects.
pub const PARTITIONS: u8 = 16;

/// The partition of everything that happens to the aggregate `id`: the first byte of the SHA-256 of
/// the id's 16 bytes, modulo [`PARTITIONS`].
pub fn partition_of(id: Uuid) -> u8 {
    digest(&SHA256, id.as_bytes()).as_ref()[0] % PARTITIONS
}

/// What happened, as a rule tells it: the payload and which fields it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// The payload message's full name, `kefu.events.v1.TicketAssigned`.
    pub type_name: String,
    /// The payload, protobuf bytes. No personal data.
    pub payload: Vec<u8>,
    /// Names of the aggregate's fields that it changed, as the resource's proto spells them
    /// (`priority`, `assignee`); what a stale Update is compared with.
    pub changed: Vec<String>,
}

/// An event in its owner's log. `position` is set once the lease holder has numbered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// UUIDv7; the CloudEvents id and NATS message id.
    pub event_id: Uuid,
    /// The owning service, `tickets`.
    pub service: String,
    /// The aggregate's type, `ticket`.
    pub aggregate_type: String,
    /// The aggregate's id.
    pub aggregate_id: Uuid,
    /// The aggregate's version after this event; 1 is its creation.
    pub version: i64,
    /// The payload message's full name.
    pub type_name: String,
    /// The payload, protobuf bytes.
    pub payload: Vec<u8>,
    /// Names of the fields changed.
    pub changed: Vec<String>,
    /// The branch the aggregate belongs to, where it does.
    pub branch: Option<Uuid>,
    /// Who did it: a principal's id.
    pub actor: String,
    /// In whose name, where another's.
    pub on_behalf_of: Option<String>,
    /// The RPC (or timer, or event) that caused it, `kefu.tickets.v1.TicketsService/AssignTicket`.
    pub cause: String,
    /// W3C trace context of the cause; empty where there was none.
    pub traceparent: String,
    /// When it was recorded, by the record clock; never before the aggregate's event before it.
    pub recorded_at: Timestamp,
    /// Imported history: consumers fold it, and start no action.
    pub historic: bool,
    /// `partition_of(aggregate_id)`.
    pub partition: u8,
    /// Place in its partition, gapless from 1; 0 while not numbered yet.
    pub position: i64,
}

impl Recorded {
    /// The event's short name, the last part of its type: `TicketAssigned`.
    pub fn name(&self) -> &str {
        self.type_name.rsplit('.').next().unwrap_or(&self.type_name)
    }
}
