//! The payloads of events, generated from `proto/kefu/events/v1`: pure data, public, without personal
//! data. Beside them stands only what writing and folding them needs: [`event`] and [`TicketStep`].

mod facts;

use kefu_kernel::NewEvent;

pub use facts::TicketStep;

include!(concat!(env!("OUT_DIR"), "/api.rs"));

/// An event to be recorded: its payload, and the names of the aggregate's fields that it changed, as
/// the resource's proto spells them.
pub fn event<P, C>(payload: &P, changed: C) -> NewEvent
where
    P: prost::Message + prost::Name,
    C: IntoIterator<Item: Into<String>>,
{
    NewEvent {
        type_name: P::full_name(),
        payload: payload.encode_to_vec(),
        changed: changed.into_iter().map(Into::into).collect(),
    }
}
