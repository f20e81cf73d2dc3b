//! What one command has staged; joined to its batch when it is accepted, dropped when not.

use std::collections::{BTreeMap, HashMap};

use kefu_kernel::{NewEvent, Timestamp};
use uuid::Uuid;

use super::aggregate::{Kind, State, StateKey};
use super::needs::NaturalKey;
use super::rows::Rows;
use crate::tables::event_personal;

/// A command for another service, to be called after the commit until it has a final answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The service, `orders`.
    pub target: &'static str,
    /// The RPC, `kefu.orders.v1.OrdersService/PlaceHold`.
    pub rpc: &'static str,
    /// The request, protobuf bytes; its request id is set when it is sent.
    pub body: Vec<u8>,
    /// Tells apart what one event leads to; makes the idempotency key together with the event's id.
    pub step: &'static str,
}

#[derive(Default)]
pub(crate) struct Staged {
    pub states: HashMap<StateKey, (&'static dyn Kind, State)>,
    pub events: Vec<StagedEvent>,
    /// Personal values that those events changed.
    pub personal: Vec<event_personal::Model>,
    pub rows: Rows,
    /// Kind, aggregate and name; when it is due, or none where it is cancelled.
    pub timers: BTreeMap<(&'static str, Uuid, String), Option<Timestamp>>,
    pub outgoing: Vec<StagedOutgoing>,
    pub claims: Vec<(NaturalKey, Uuid)>,
    /// Natural keys given up; one that is claimed again besides is claimed.
    pub releases: Vec<NaturalKey>,
    pub historic: bool,
}

pub(crate) struct StagedEvent {
    pub event_id: Uuid,
    pub kind: &'static str,
    pub aggregate_id: Uuid,
    pub version: i64,
    pub branch: Option<Uuid>,
    pub recorded_at: Timestamp,
    pub event: NewEvent,
}

pub(crate) struct StagedOutgoing {
    pub id: Uuid,
    /// The event that decided on it.
    pub cause: Uuid,
    pub kind: &'static str,
    pub aggregate_id: Uuid,
    pub command: Outgoing,
}

impl Staged {
    /// Whether anything is to be written besides the reply.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
            && self.rows.is_empty()
            && self.timers.is_empty()
            && self.outgoing.is_empty()
            && self.claims.is_empty()
            && self.releases.is_empty()
    }
}
