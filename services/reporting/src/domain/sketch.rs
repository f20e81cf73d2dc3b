//! Percentiles of durations from counts per bin, which can be added and taken away.
//!
//! Bins grow by a constant factor, so that every duration is told within 2 % of what it was: DDSketch
//! (Masson, Rim and Lee, VLDB 2019), section 2, with a relative accuracy of 0.02.

/// How much wider each bin is than the one before: (1 + 0.02) / (1 - 0.02).
const GROWTH: f64 = 1.02 / 0.98;

/// The bin of a duration in milliseconds; nothing and less has bin 0.
pub fn bin(milliseconds: i64) -> i32 {
    if milliseconds <= 0 {
        return 0;
    }
    let bin = (milliseconds as f64).ln() / GROWTH.ln();
    bin.ceil() as i32 + 1
}

/// The duration that stands for a bin, in milliseconds.
pub fn value(bin: i32) -> f64 {
    if bin <= 0 { 0.0 } else { 2.0 * GROWTH.powi(bin - 1) / (GROWTH + 1.0) }
}

/// The `percent`-th percentile of counted bins by nearest rank, in milliseconds; none of nothing.
pub fn percentile(bins: impl IntoIterator<Item = (i32, i64)>, percent: u8) -> Option<f64> {
    let mut bins: Vec<(i32, i64)> = bins.into_iter().filter(|(_, count)| *count > 0).collect();
    bins.sort_unstable();
    let total: i64 = bins.iter().map(|(_, count)| count).sum();
    let rank = (total * i64::from(percent) + 99) / 100;
    let mut seen = 0;
    for (bin, count) in bins {
        seen += count;
        if seen >= rank.max(1) {
            return Some(value(bin));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_percentile_is_within_two_percent(
            mut durations in proptest::collection::vec(1..10_000_000_000_i64, 1..80),
            percent in 1..=100_u8,
        ) {
            let told = percentile(durations.iter().map(|one| (bin(*one), 1)), percent).unwrap();
            durations.sort_unstable();
            let rank = (durations.len() * usize::from(percent)).div_ceil(100);
            let exact = durations[rank - 1] as f64;
            prop_assert!((told - exact).abs() <= exact * 0.020_001, "{told} for {exact}");
        }
    }

    #[test]
    fn nothing_has_no_percentile_and_no_time_is_no_time() {
        assert_eq!(percentile([], 50), None);
        assert_eq!(percentile([(3, 0)], 50), None);
        assert_eq!(percentile([(bin(0), 5), (bin(1000), 1)], 50), Some(0.0));
    }
}
