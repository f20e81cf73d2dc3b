//! What is folded. Each projection takes a ticket's former facts away and adds the new ones, so that
//! a change of any fact moves its counts.

mod daily_complaints;
mod live_board;
pub mod metrics;

pub use daily_complaints::DailyComplaints;
pub use live_board::{LIVE_BOARD, LiveBoard};
pub use metrics::Measures;

use kefu_api_events::Step;
use kefu_api_events::v1::TicketFacts;
use kefu_kernel::Recorded;
use kefu_kernel::id::{self, Uuid};
use kefu_outbox::FoldError;

/// The ticket events among `events`, read.
fn ticket_steps(events: &[Recorded]) -> Result<Vec<Step<TicketFacts>>, FoldError> {
    events
        .iter()
        .filter(|event| event.aggregate_type == "ticket")
        .map(|event| {
            Step::read(&event.payload)
                .map_err(|error| FoldError::Poison(format!("the payload does not decode: {error}")))
        })
        .collect()
}

/// The 16 bytes of an id in a payload; nil where there is none.
fn uuid_or_nil(text: &str) -> Result<Uuid, FoldError> {
    if text.is_empty() {
        return Ok(Uuid::nil());
    }
    let id = id::split(text).map(|(_, uuid)| uuid);
    id.ok_or_else(|| FoldError::Poison("an id in the payload is not in form".to_owned()))
}
