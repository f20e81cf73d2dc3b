//! What tickets folds of its own events: the counts of views, and the search index.

mod search;
mod view_counts;

pub use search::Search;
pub use view_counts::ViewCounts;
