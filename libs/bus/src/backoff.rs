//! How long to wait after the first, second, third failure in a row.

use std::time::Duration;

/// Waits that double from `first` up to `most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure.
    pub first: Duration,
    /// The longest.
    pub most: Duration,
}

impl Backoff {
    /// The wait after `failures` in a row; none after none.
    pub fn after(&self, failures: u32) -> Duration {
        if failures == 0 {
            return Duration::ZERO;
        }
        let factor = 2u32.saturating_pow(failures - 1);
        self.first.saturating_mul(factor).min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(120) };
        let waits: Vec<u64> = (0..10).map(|failures| backoff.after(failures).as_secs()).collect();
        assert_eq!(waits, [0, 1, 2, 4, 8, 16, 32, 64, 120, 120]);
        assert_eq!(backoff.after(u32::MAX), backoff.most);
    }
}
