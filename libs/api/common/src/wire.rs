//! The kernel's instants and spans in the form of the wire, and back.

use std::time::Duration;

use kefu_kernel::money::MoneyError;
use kefu_kernel::{Money, Timestamp};

use crate::v1;

/// An instant for the wire.
pub fn timestamp(instant: Timestamp) -> prost_types::Timestamp {
    let millis = instant.as_millis();
    let nanos = i32::try_from(millis.rem_euclid(1_000)).unwrap_or(0) * 1_000_000;
    prost_types::Timestamp { seconds: millis.div_euclid(1_000), nanos }
}

/// An instant from the wire, cut to its millisecond; saturates at the ends of the range.
pub fn instant(timestamp: &prost_types::Timestamp) -> Timestamp {
    let millis = timestamp.seconds.saturating_mul(1_000);
    Timestamp::from_millis(millis.saturating_add(i64::from(timestamp.nanos.div_euclid(1_000_000))))
}

/// A span of time for the wire; saturates at 10,000 years.
pub fn duration(span: Duration) -> prost_types::Duration {
    let seconds = i64::try_from(span.as_secs()).unwrap_or(i64::MAX).min(315_576_000_000);
    prost_types::Duration { seconds, nanos: i32::try_from(span.subsec_nanos()).unwrap_or(0) }
}

/// A span of time from the wire; a negative one is none.
pub fn span(duration: &prost_types::Duration) -> Duration {
    match (u64::try_from(duration.seconds), u32::try_from(duration.nanos)) {
        (Ok(seconds), Ok(nanos)) => Duration::new(seconds, nanos.min(999_999_999)),
        _ => Duration::ZERO,
    }
}

/// An amount for the wire.
pub fn money(amount: Money) -> v1::Money {
    v1::Money { minor_units: amount.minor(), currency: amount.currency().code().to_owned() }
}

/// An amount from the wire.
///
/// # Errors
///
/// Where the currency is none of ISO 4217.
pub fn amount(money: &v1::Money) -> Result<Money, MoneyError> {
    Money::from_code(money.minor_units, &money.currency)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_instant_survives_the_wire(millis in -62_135_596_800_000_i64..=253_402_300_799_999) {
            let sent = timestamp(Timestamp::from_millis(millis));
            prop_assert!(crate::check::timestamp(&sent));
            prop_assert_eq!(instant(&sent), Timestamp::from_millis(millis));
        }

        #[test]
        fn a_span_survives_the_wire(seconds in 0..315_576_000_000_u64, nanos in 0..1_000_000_000_u32) {
            let length = Duration::new(seconds, nanos);
            let sent = duration(length);
            prop_assert!(crate::check::duration(&sent));
            prop_assert_eq!(span(&sent), length);
        }
    }

    #[test]
    fn what_is_out_of_range_saturates() {
        let far = prost_types::Timestamp { seconds: i64::MAX, nanos: 0 };
        assert_eq!(instant(&far), Timestamp::from_millis(i64::MAX));
        assert_eq!(span(&prost_types::Duration { seconds: -1, nanos: 0 }), Duration::ZERO);
    }
}
