//! What customers folds of its own events: the search index, what customers are found by and which may be one,
//! and the end of what an erased one left.

mod erasure;
mod matching;
mod search;

pub use erasure::Erasure;
pub use matching::{Matching, hashes};
pub use search::Search;

use kefu_kernel::Recorded;
use kefu_kernel::id::Uuid;

/// The customers that were registered, or of which one of `fields` changed, each once.
fn touched(events: &[Recorded], fields: &[&str]) -> Vec<Uuid> {
    let of_customers = events.iter().filter(|event| event.aggregate_type == "customer");
    let about = of_customers.filter(|event| {
        event.version == 1 || event.changed.iter().any(|name| fields.contains(&name.as_str()))
    });
    let mut ids: Vec<Uuid> = about.map(|event| event.aggregate_id).collect();
    ids.sort();
    ids.dedup();
    ids
}
