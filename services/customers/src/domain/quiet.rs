//! When somebody is not to be disturbed: a span of the day, by the wall clock of a zone. It may pass
//! midnight.

use std::time::Duration;

use kefu_kernel::{Timestamp, Zone};

const DAY_MINUTES: u16 = 1440;
const MINUTE_MS: i64 = 60_000;

/// A span of the day. Its first minute belongs to it, its last does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from_minute: u16,
    to_minute: u16,
}

/// By whose hours and whose wall clock somebody is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The zone in which they live.
    pub zone: Zone,
    /// When they are not to be disturbed.
    pub quiet: QuietHours,
}

impl QuietHours {
    /// From one minute of the day to another, each 0 to 1439; none where they are the same or no minutes of a
    /// day.
    pub fn new(from_minute: u16, to_minute: u16) -> Option<Self> {
        let within = from_minute < DAY_MINUTES && to_minute < DAY_MINUTES;
        (within && from_minute != to_minute).then_some(Self { from_minute, to_minute })
    }

    /// The minute of the day at which it begins.
    pub fn from_minute(self) -> u16 {
        self.from_minute
    }

    /// The minute of the day at which it ends.
    pub fn to_minute(self) -> u16 {
        self.to_minute
    }

    /// Whether a minute of the day is within it.
    pub fn contains(self, minute: u16) -> bool {
        if self.from_minute < self.to_minute {
            (self.from_minute..self.to_minute).contains(&minute)
        } else {
            minute >= self.from_minute || minute < self.to_minute
        }
    }
}

impl Reach {
    /// When the quiet hours in which `at` falls are over; none where it falls in none. Where a change of
    /// offset lengthens the span, its end is looked for again from there; where one shortens it, the answer is
    /// up to that change too late.
    pub fn quiet_until(&self, at: Timestamp) -> Option<Timestamp> {
        let mut end = at;
        while self.quiet.contains(self.minute_of(end)) {
            let of_day = self.zone.time_of_day_ms(end);
            let until = i64::from(self.quiet.to_minute) * MINUTE_MS;
            let left = (until - of_day).rem_euclid(i64::from(DAY_MINUTES) * MINUTE_MS);
            end = end.plus(Duration::from_millis(u64::try_from(left).unwrap_or(0).max(1)));
        }
        (end > at).then_some(end)
    }

    fn minute_of(&self, at: Timestamp) -> u16 {
        u16::try_from(self.zone.time_of_day_ms(at) / MINUTE_MS).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn quiet_hours_end_within_a_day_and_their_end_is_not_quiet(
            (from, to) in (0u16..1440, 0u16..1440),
            millis in 0i64..2_000_000_000_000,
            zone in prop::sample::select(vec!["Asia/Shanghai", "Europe/Madrid", "America/New_York"]),
        ) {
            prop_assume!(from != to);
            let quiet = QuietHours::new(from, to).unwrap();
            let reach = Reach { zone: Zone::named(zone).unwrap(), quiet };
            let at = Timestamp::from_millis(millis);
            match reach.quiet_until(at) {
                None => prop_assert!(!quiet.contains(reach.minute_of(at))),
                Some(end) => {
                    prop_assert!(quiet.contains(reach.minute_of(at)));
                    prop_assert!(!quiet.contains(reach.minute_of(end)));
                    prop_assert!(end.since(at) <= Duration::from_secs(25 * 3600));
                }
            }
        }
    }

    #[test]
    fn a_span_of_nothing_is_none() {
        assert!(QuietHours::new(60, 60).is_none());
        assert!(QuietHours::new(60, 1440).is_none());
        assert!(QuietHours::new(1320, 480).unwrap().contains(0));
    }
}
