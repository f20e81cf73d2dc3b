//! Recorded events in the form of the change feed, and back.

use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Recorded, partition_of};
use prost_types::Any;

use crate::v1::Change;
use crate::wire;

/// A change of the feed is not one that a service sends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the field `{field}` of a change is missing or not in form")]
pub struct MalformedChange {
    /// The first field that is wrong.
    pub field: &'static str,
}

impl From<&Recorded> for Change {
    fn from(event: &Recorded) -> Self {
        Self {
            event_id: id::encode("event", event.event_id),
            partition: i32::from(event.partition),
            position: event.position,
            service: event.service.clone(),
            aggregate_type: event.aggregate_type.clone(),
            aggregate_id: id::encode(&event.aggregate_type, event.aggregate_id),
            version: event.version,
            payload: Some(Any {
                type_url: format!("type.googleapis.com/{}", event.type_name),
                value: event.payload.clone(),
            }),
            changed: event.changed.clone(),
            branch_id: event.branch.map(|branch| id::encode("branch", branch)),
            actor: event.actor.clone(),
            on_behalf_of: event.on_behalf_of.clone(),
            cause: event.cause.clone(),
            traceparent: event.traceparent.clone(),
            recorded_at: Some(wire::timestamp(event.recorded_at)),
            historic: event.historic,
        }
    }
}

impl TryFrom<Change> for Recorded {
    type Error = MalformedChange;

    fn try_from(change: Change) -> Result<Self, MalformedChange> {
        let wrong = |field| MalformedChange { field };
        let typed = |prefix: &str, text: &str| -> Option<Uuid> {
            id::split(text).filter(|(kind, _)| kind == prefix).map(|(_, uuid)| uuid)
        };
        let payload = change.payload.ok_or(wrong("payload"))?;
        let type_name = payload.type_url.rsplit_once('/').ok_or(wrong("payload"))?.1.to_owned();
        let aggregate_id = typed(&change.aggregate_type, &change.aggregate_id);
        let aggregate_id = aggregate_id.ok_or(wrong("aggregate_id"))?;
        let partition = u8::try_from(change.partition).map_err(|_| wrong("partition"))?;
        if partition != partition_of(aggregate_id) {
            return Err(wrong("partition"));
        }
        let branch = match &change.branch_id {
            Some(text) => Some(typed("branch", text).ok_or(wrong("branch_id"))?),
            None => None,
        };
        Ok(Self {
            event_id: typed("event", &change.event_id).ok_or(wrong("event_id"))?,
            service: change.service,
            aggregate_type: change.aggregate_type,
            aggregate_id,
            version: change.version,
            type_name,
            payload: payload.value,
            changed: change.changed,
            branch,
            actor: change.actor,
            on_behalf_of: change.on_behalf_of,
            cause: change.cause,
            traceparent: change.traceparent,
            recorded_at: wire::instant(&change.recorded_at.ok_or(wrong("recorded_at"))?),
            historic: change.historic,
            partition,
            position: change.position,
        })
    }
}

#[cfg(test)]
mod tests {
    use kefu_kernel::Timestamp;

    use super::*;

    fn recorded() -> Recorded {
        let aggregate_id = Uuid::from_u128(0x0188_bac7_4afa_78aa_bc3b_bd1e_ef28_d881);
        Recorded {
            event_id: Uuid::from_u128(7),
            service: "tickets".into(),
            aggregate_type: "ticket".into(),
            aggregate_id,
            version: 3,
            type_name: "kefu.events.v1.TicketAssigned".into(),
            payload: vec![1, 2, 3],
            changed: vec!["assignee_id".into()],
            branch: Some(Uuid::from_u128(9)),
            actor: "person_1".into(),
            on_behalf_of: None,
            cause: "kefu.tickets.v1.TicketsService/AssignTicket".into(),
            traceparent: String::new(),
            recorded_at: Timestamp::from_millis(1_795_000_000_123),
            historic: true,
            partition: partition_of(aggregate_id),
            position: 42,
        }
    }

    #[test]
    fn an_event_survives_the_feed() {
        let change = Change::from(&recorded());
        assert_eq!(change.aggregate_id, "ticket_01h2xcejqtf2nbrexx3vqjhp41");
        assert_eq!(Recorded::try_from(change), Ok(recorded()));
    }

    #[test]
    fn a_change_that_is_not_in_form_names_its_field() {
        let broken = |spoil: fn(&mut Change)| {
            let mut change = Change::from(&recorded());
            spoil(&mut change);
            Recorded::try_from(change).unwrap_err().field
        };
        assert_eq!(broken(|change| change.payload = None), "payload");
        assert_eq!(broken(|change| change.aggregate_id = "call_0".into()), "aggregate_id");
        assert_eq!(broken(|change| change.partition = (change.partition + 1) % 16), "partition");
        assert_eq!(broken(|change| change.branch_id = Some("b".into())), "branch_id");
        assert_eq!(broken(|change| change.recorded_at = None), "recorded_at");
    }
}
