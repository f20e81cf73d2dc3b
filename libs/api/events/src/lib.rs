//! The payloads of events, generated from `proto/kefu/events/v1`: pure data, public, without personal
//! data. Beside them stands only what writing and folding them needs: [`event`], [`Facts`] and [`Step`].

mod channel;
mod clocks;
mod facts;
mod tale;
mod words;

use kefu_kernel::NewEvent;

pub use channel::Channel;
pub use clocks::{ClockLog, clock_at};
pub use facts::{FactText, Facts, FactsEvent, Step, Told};
pub use kefu_api_common::wire;
pub use tale::{Subject, Tale};

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
