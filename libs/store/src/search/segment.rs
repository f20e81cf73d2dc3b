//! Segments of time: each term is kept once per week, so that the hits of a common word come in small
//! portions, newest first.
//!
//! A week, because measured on PostgreSQL at a million documents a year the commonest word costs 6 ms
//! by weeks and 80 ms by quarters, and a rare one, looked up in every week of a year, 4 ms. A walk
//! looks at one week, then a month, then a quarter, and then at up to a year in one statement.

use kefu_kernel::Timestamp;

const MILLIS: i64 = 7 * 24 * 3600 * 1000;

/// How many segments each step of a walk takes; the last number repeats.
const STEPS: [usize; 5] = [1, 4, 13, 26, 52];
/// The most terms that one statement looks up.
const MAX_TERMS: usize = 4096;

/// The segment of an instant. What lies before 1970 is in the first.
pub(super) fn of(at: Timestamp) -> i64 {
    at.as_millis().max(0) / MILLIS
}

/// Cuts a list of segments into the steps of a walk, for a query of `terms` terms.
pub(super) fn steps(segments: &[i64], terms: usize) -> impl Iterator<Item = &[i64]> {
    let most = (MAX_TERMS / terms.max(1)).max(1);
    let mut rest = segments;
    let mut sizes = STEPS.into_iter().chain(std::iter::repeat(STEPS[STEPS.len() - 1]));
    std::iter::from_fn(move || {
        let size = sizes.next()?.min(most).min(rest.len());
        let (step, after) = rest.split_at(size);
        rest = after;
        (!step.is_empty()).then_some(step)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_visits_each_segment_once_in_growing_steps() {
        let segments: Vec<i64> = (0..300).rev().collect();
        let sizes: Vec<usize> = steps(&segments, 3).map(<[i64]>::len).collect();
        assert_eq!(sizes, [1, 4, 13, 26, 52, 52, 52, 52, 48]);
        assert_eq!(steps(&segments, 3).flatten().count(), 300);
        assert!(steps(&segments, 1000).all(|step| step.len() <= 4));
        assert_eq!(steps(&[], 3).count(), 0);
    }

    #[test]
    fn every_instant_has_a_segment() {
        assert_eq!(of(Timestamp::from_millis(i64::MIN)), 0);
        assert_eq!(of(Timestamp::from_millis(MILLIS)), 1);
        assert!(of(Timestamp::from_millis(i64::MAX)) > 0);
    }
}
