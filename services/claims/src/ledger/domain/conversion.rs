//! Conversion: how an amount in another currency became one of the claim's. Integers only; the one rounding there
//! is, is to the nearest minor unit, and of two equally near to the even one (ISO 80000-1, annex B, rule A).

use kefu_kernel::zone::Day;
use kefu_kernel::{Currency, Money, Timestamp};

use crate::domain::error::Error;

/// How an amount was converted; kept with the posting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// The amount in the other currency; above zero.
    pub from: Money,
    /// How many units of the claim's currency one unit of the other is: a decimal of at most 12 digits on each side.
    pub rate: String,
    /// The day of the rate, ISO 8601.
    pub rate_date: String,
    /// From where the rate is. A code.
    pub source: String,
}

impl Conversion {
    /// Refuses a conversion that does not come to `amount` minor units of `currency`, or whose day is ahead. A day counts
    /// as ahead once it has begun nowhere: the earliest zone is 14 hours before UTC.
    pub fn check(&self, amount: i64, currency: Currency, now: Timestamp) -> Result<(), Error> {
        if self.from.minor() <= 0 || self.from.currency() == currency {
            return Err(Error::ConversionInvalid("it is from an amount in another currency"));
        }
        let day: Day = self
            .rate_date
            .parse()
            .map_err(|_| Error::ConversionInvalid("its day is no day of the calendar"))?;
        let begins = kefu_kernel::Zone::named("Pacific/Kiritimati").map(|zone| zone.start_of(day));
        if begins.is_ok_and(|begins| begins > now) {
            return Err(Error::ConversionInvalid("its day is ahead"));
        }
        match converted(self.from, &self.rate, currency) {
            Some(converted) if converted == amount => Ok(()),
            Some(_) => Err(Error::ConversionInvalid("it does not come to the amount")),
            None => Err(Error::ConversionInvalid("the amount or rate is too large")),
        }
    }
}

/// `from` in minor units of `to` by a decimal rate, rounded half to even; none where it does not fit, or the rate is no
/// decimal.
pub fn converted(from: Money, rate: &str, to: Currency) -> Option<i64> {
    let (whole, part) = rate.split_once('.').unwrap_or((rate, ""));
    let digits = format!("{whole}{part}");
    if digits.len() > 24 || digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let exponent = |currency: Currency| u32::from(currency.exponent().unwrap_or(0));
    let up = 10_u128.checked_pow(exponent(to))?;
    let down_digits = u32::try_from(part.len()).ok()? + exponent(from.currency());
    let down = 10_u128.checked_pow(down_digits)?;
    let product = u128::try_from(from.minor()).ok()?.checked_mul(digits.parse().ok()?)?;
    let product = product.checked_mul(up)?;
    let (quotient, rest) = (product / down, product % down);
    let round_up = match (rest * 2).cmp(&down) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient % 2 == 1,
        std::cmp::Ordering::Greater => true,
    };
    i64::try_from(quotient + u128::from(round_up)).ok()
}
