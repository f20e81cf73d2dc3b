//! What every aggregate's root carries, whatever it is.
//!
//! An aggregate is one unit of consistency: a root and the parts that change only with it. Each change
//! raises its version by one and is told by one event, so the version is also the count of its events.

use uuid::Uuid;

use crate::Timestamp;

/// Identity, version and scope of an aggregate; a domain struct holds it as its field `head`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The aggregate's id.
    pub id: Uuid,
    /// How many events it has had; 0 for one that is about to be created. Set by the command runner.
    pub version: i64,
    /// The branch that it belongs to; none: the whole company's.
    pub branch: Option<Uuid>,
    /// When it was created (record clock). Set by the rule that creates it.
    pub created_at: Timestamp,
    /// When its last event was recorded. Set by the command runner; never goes back.
    pub updated_at: Timestamp,
}

impl Head {
    /// The head of an aggregate that is about to be created.
    pub fn new(id: Uuid, branch: Option<Uuid>, now: Timestamp) -> Self {
        Self { id, version: 0, branch, created_at: now, updated_at: now }
    }

    /// The etag that callers see: the version in decimal.
    pub fn etag(&self) -> String {
        self.version.to_string()
    }
}
