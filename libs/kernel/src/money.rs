//! Money: an amount in the currency's minor unit, and the currency.
//!
//! It is the pair that tables keep (`i64`, three letters) and that the wire carries. Amounts of two
//! currencies never mix, nothing overflows in silence, and nothing here converts or rounds: whoever
//! must round (a tariff, an exchange) says by which rule.

use std::fmt;

pub use iso_currency::Currency;

use crate::{Fault, FaultKind};

/// An amount of money: `minor` units (cents, fen; whole yen) of `currency`. May be negative.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Two amounts cannot be put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Amounts of two currencies.
    #[error("{} and {} cannot be put together", .left.code(), .right.code())]
    CurrencyMismatch {
        /// The currency of the first amount.
        left: Currency,
        /// The currency of the second.
        right: Currency,
    },
    /// The result does not fit 64 bits.
    #[error("the amount is too large")]
    Overflow,
    /// Not one of ISO 4217's codes.
    #[error("`{code}` is not an ISO 4217 currency code")]
    UnknownCurrency {
        /// What was given, cut at 8 characters.
        code: String,
    },
}

impl Money {
    /// `minor` units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// `minor` units of the currency with the three-letter ISO 4217 code `code`.
    pub fn from_code(minor: i64, code: &str) -> Result<Self, MoneyError> {
        let currency = Currency::from_code(code)
            .ok_or_else(|| MoneyError::UnknownCurrency { code: code.chars().take(8).collect() })?;
        Ok(Self::new(minor, currency))
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.join(other, i64::checked_add)
    }

    /// The difference.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.join(other, i64::checked_sub)
    }

    /// `times` times the amount.
    pub fn checked_mul(self, times: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(times).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// The same amount the other way.
    pub fn checked_neg(self) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_neg().ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Which of two amounts of one currency is larger.
    pub fn compare(self, other: Self) -> Result<std::cmp::Ordering, MoneyError> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    /// The sum of `amounts`, all in `currency`; zero where there are none.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }

    fn join(self, other: Self, with: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = with(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch { left: self.currency, right: other.currency })
        }
    }
}

impl fmt::Display for Money {
    /// `-12.50 EUR`, `300 JPY`: as many decimals as the currency has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = usize::from(self.currency.exponent().unwrap_or(0));
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = format!("{:0width$}", self.minor.unsigned_abs(), width = decimals + 1);
        let (whole, part) = digits.split_at(digits.len() - decimals);
        let point = if decimals == 0 { "" } else { "." };
        write!(f, "{sign}{whole}{point}{part} {}", self.currency.code())
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Fault for MoneyError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::UnknownCurrency { .. } => FaultKind::Invalid,
            Self::CurrencyMismatch { .. } | Self::Overflow => FaultKind::RuleBroken,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::CurrencyMismatch { .. } => "CURRENCY_MISMATCH",
            Self::Overflow => "AMOUNT_TOO_LARGE",
            Self::UnknownCurrency { .. } => "CURRENCY_UNKNOWN",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    #[test]
    fn amounts_of_one_currency_add_and_subtract() {
        assert_eq!(eur(1250).checked_add(eur(50)), Ok(eur(1300)));
        assert_eq!(eur(50).checked_sub(eur(1250)), Ok(eur(-1200)));
        assert_eq!(Money::sum(Currency::EUR, [eur(1), eur(2), eur(3)]), Ok(eur(6)));
    }

    #[test]
    fn amounts_of_two_currencies_never_mix() {
        let yen = Money::new(300, Currency::JPY);
        let mismatch = MoneyError::CurrencyMismatch { left: Currency::EUR, right: Currency::JPY };
        assert_eq!(eur(1).checked_add(yen), Err(mismatch.clone()));
        assert_eq!(eur(1).checked_sub(yen), Err(mismatch.clone()));
        assert_eq!(eur(1).compare(yen), Err(mismatch));
    }

    #[test]
    fn nothing_overflows_in_silence() {
        assert_eq!(eur(i64::MAX).checked_add(eur(1)), Err(MoneyError::Overflow));
        assert_eq!(eur(i64::MIN).checked_neg(), Err(MoneyError::Overflow));
        assert_eq!(eur(i64::MAX).checked_mul(2), Err(MoneyError::Overflow));
    }

    #[test]
    fn it_prints_with_the_decimals_of_its_currency() {
        assert_eq!(eur(-1250).to_string(), "-12.50 EUR");
        assert_eq!(eur(5).to_string(), "0.05 EUR");
        assert_eq!(Money::new(300, Currency::JPY).to_string(), "300 JPY");
        assert_eq!(Money::new(1, Currency::KWD).to_string(), "0.001 KWD");
        assert_eq!(eur(i64::MIN).to_string(), "-92233720368547758.08 EUR");
    }

    #[test]
    fn an_unknown_currency_is_refused() {
        assert_eq!(
            Money::from_code(1, "XYZ_TOO_LONG"),
            Err(MoneyError::UnknownCurrency { code: "XYZ_TOO_".into() })
        );
        assert_eq!(Money::from_code(7, "CNY"), Ok(Money::new(7, Currency::CNY)));
    }
}
