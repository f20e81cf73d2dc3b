//! The permanent log: outbox, audit trail and change feed in one. Rows are never updated.

use kefu_kernel::{Recorded, Timestamp};
use ring::digest::{Context, SHA256};
use sea_orm::entity::prelude::*;

/// One event, as [`Recorded`] tells it, with its own hash.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// UUIDv7 of the event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: Uuid,
    /// The aggregate's type, `ticket`.
    pub aggregate_type: String,
    /// The aggregate.
    pub aggregate_id: Uuid,
    /// Its version after this event.
    pub version: i64,
    /// The payload message's full name.
    pub type_name: String,
    /// The payload, protobuf bytes.
    pub payload: Vec<u8>,
    /// Names of the fields changed, separated by commas.
    pub changed: String,
    /// The aggregate's branch, where it has one.
    pub branch: Option<Uuid>,
    /// Who did it.
    pub actor: String,
    /// In whose name, where another's.
    pub on_behalf_of: Option<String>,
    /// The RPC, timer or event that caused it.
    pub cause: String,
    /// W3C trace context; empty where there was none.
    pub traceparent: String,
    /// When it was recorded, record clock; on PostgreSQL the table is divided by its month.
    pub recorded_at: i64,
    /// Imported history: consumers fold it and start no action.
    pub historic: bool,
    /// 0–15, from the aggregate's id.
    pub partition: i16,
    /// SHA-256 of everything above, see [`Model::computed_hash`].
    pub hash: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The row of a recorded event, its hash computed.
    pub fn of(event: &Recorded) -> Self {
        let mut row = Self {
            event_id: event.event_id,
            aggregate_type: event.aggregate_type.clone(),
            aggregate_id: event.aggregate_id,
            version: event.version,
            type_name: event.type_name.clone(),
            payload: event.payload.clone(),
            changed: event.changed.join(","),
            branch: event.branch,
            actor: event.actor.clone(),
            on_behalf_of: event.on_behalf_of.clone(),
            cause: event.cause.clone(),
            traceparent: event.traceparent.clone(),
            recorded_at: event.recorded_at.as_millis(),
            historic: event.historic,
            partition: i16::from(event.partition),
            hash: Vec::new(),
        };
        row.hash = row.computed_hash().to_vec();
        row
    }

    /// The event as it is carried; `position` 0 where it is not numbered yet.
    pub fn recorded(self, service: &str, position: i64) -> Recorded {
        Recorded {
            event_id: self.event_id,
            service: service.to_owned(),
            aggregate_type: self.aggregate_type,
            aggregate_id: self.aggregate_id,
            version: self.version,
            type_name: self.type_name,
            payload: self.payload,
            changed: split_names(&self.changed),
            branch: self.branch,
            actor: self.actor,
            on_behalf_of: self.on_behalf_of,
            cause: self.cause,
            traceparent: self.traceparent,
            recorded_at: Timestamp::from_millis(self.recorded_at),
            historic: self.historic,
            partition: u8::try_from(self.partition).unwrap_or_default(),
            position,
        }
    }

    /// SHA-256 over the row's canonical bytes: each column but `hash`, in the order of the struct;
    /// numbers big-endian, texts and bytes after their 8-byte length, an optional one after 0 or 1.
    pub fn computed_hash(&self) -> [u8; 32] {
        let mut digest = Canonical(Context::new(&SHA256));
        digest.fixed(self.event_id.as_bytes());
        digest.bytes(self.aggregate_type.as_bytes());
        digest.fixed(self.aggregate_id.as_bytes());
        digest.fixed(&self.version.to_be_bytes());
        digest.bytes(self.type_name.as_bytes());
        digest.bytes(&self.payload);
        digest.bytes(self.changed.as_bytes());
        digest.optional(self.branch.as_ref().map(|branch| branch.as_bytes().as_slice()));
        digest.bytes(self.actor.as_bytes());
        digest.optional(self.on_behalf_of.as_ref().map(String::as_bytes));
        digest.bytes(self.cause.as_bytes());
        digest.bytes(self.traceparent.as_bytes());
        digest.fixed(&self.recorded_at.to_be_bytes());
        digest.fixed(&[u8::from(self.historic)]);
        digest.fixed(&self.partition.to_be_bytes());
        digest.finish()
    }
}

/// The names of a `changed` column.
pub fn split_names(changed: &str) -> Vec<String> {
    changed.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

struct Canonical(Context);

impl Canonical {
    fn fixed(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.fixed(&(bytes.len() as u64).to_be_bytes());
        self.fixed(bytes);
    }

    fn optional(&mut self, bytes: Option<&[u8]>) {
        self.fixed(&[u8::from(bytes.is_some())]);
        self.bytes(bytes.unwrap_or_default());
    }

    fn finish(self) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(self.0.finish().as_ref());
        hash
    }
}
