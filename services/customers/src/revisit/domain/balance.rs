//! Who makes the next revisit.

use crate::domain::ids::PersonId;

/// The one of `candidates` who has the fewest revisits to make, told with each; of several the one whose id is
/// the least. None where there are no candidates.
pub fn least_busy(candidates: impl IntoIterator<Item = (PersonId, u64)>) -> Option<PersonId> {
    candidates.into_iter().min_by_key(|(person, open)| (*open, *person)).map(|(person, _)| person)
}
