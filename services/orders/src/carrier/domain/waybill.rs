//! Check digits of numbers: whether a text can be one of a carrier's numbers at all.

use kefu_api_events::words;

words! {
    /// How the check digit of a number is reckoned.
    WaybillCheck {
        /// Numbers have no check digit.
        None = "none",
        /// UPU S10: two letters, eight digits, a check digit modulo 11, two letters of the country.
        S10 = "s10",
        /// GS1 SSCC: 18 digits, the last modulo 10 with weights 3 and 1 (GS1 General Specifications, 7.9).
        Sscc = "sscc",
        /// IATA: three digits of the airline, seven digits, the last being these seven modulo 7.
        AirWaybill = "air_waybill",
        /// All digits, the last by Luhn (ISO/IEC 7812-1, annex B).
        Luhn = "luhn",
        /// All digits, the last being those before it modulo 7.
        Mod7 = "mod7",
        /// UPS: `1Z`, 15 letters or digits, a check digit modulo 10.
        Ups1z = "ups_1z",
    }
}

/// UPU S10's weights of the eight digits.
const S10_WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];

const FORM: &str = "it has not the form of its numbers";
const DIGIT: &str = "its check digit is wrong";

impl WaybillCheck {
    /// Whether a number passes; says what is wrong with it otherwise.
    ///
    /// # Errors
    ///
    /// A sentence without the number.
    pub fn check(self, waybill: &str) -> Result<(), &'static str> {
        match self {
            Self::None => Ok(()),
            Self::S10 => s10(waybill),
            Self::Sscc => last(&digits(waybill, Some(18))?, sscc),
            Self::AirWaybill => air_waybill(waybill),
            Self::Luhn => last(&digits(waybill, None)?, luhn),
            Self::Mod7 => last(&digits(waybill, None)?, modulo_7),
            Self::Ups1z => ups(waybill),
        }
    }
}

/// The digits of a text that has nothing else, of this length where one is given.
fn digits(text: &str, length: Option<usize>) -> Result<Vec<u32>, &'static str> {
    let found: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    let fits = |digits: &Vec<u32>| match length {
        Some(length) => digits.len() == length,
        None => digits.len() >= 2,
    };
    found.filter(fits).ok_or(FORM)
}

/// Compares the last digit with what the others come to.
fn last(digits: &[u32], reckon: fn(&[u32]) -> u32) -> Result<(), &'static str> {
    match digits.split_last() {
        Some((check, others)) if reckon(others) == *check => Ok(()),
        _ => Err(DIGIT),
    }
}

fn s10(waybill: &str) -> Result<(), &'static str> {
    let letters = |part: Option<&str>| {
        part.is_some_and(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_uppercase()))
    };
    if waybill.len() != 13 || !letters(waybill.get(..2)) || !letters(waybill.get(11..)) {
        return Err(FORM);
    }
    let serial = digits(waybill.get(2..11).ok_or(FORM)?, Some(9))?;
    last(&serial, |serial| {
        let sum: u32 = serial.iter().zip(S10_WEIGHTS).map(|(digit, weight)| digit * weight).sum();
        match 11 - sum % 11 {
            10 => 0,
            11 => 5,
            digit => digit,
        }
    })
}

/// From the right, weights 3 and 1.
fn sscc(others: &[u32]) -> u32 {
    let weights = [3, 1].into_iter().cycle();
    let sum: u32 = others.iter().rev().zip(weights).map(|(digit, weight)| digit * weight).sum();
    (10 - sum % 10) % 10
}

fn luhn(others: &[u32]) -> u32 {
    let weights = [2, 1].into_iter().cycle();
    let weigh = |(digit, weight): (&u32, u32)| digit * weight / 10 + digit * weight % 10;
    let sum: u32 = others.iter().rev().zip(weights).map(weigh).sum();
    (10 - sum % 10) % 10
}

fn modulo_7(others: &[u32]) -> u32 {
    others.iter().fold(0, |rest, digit| (rest * 10 + digit) % 7)
}

fn air_waybill(waybill: &str) -> Result<(), &'static str> {
    let plain = waybill.replace('-', "");
    let all = digits(&plain, Some(11))?;
    last(all.get(3..).ok_or(FORM)?, modulo_7)
}

/// Letters count as (their place from A + 2) modulo 10; from the left, weights 1 and 2.
fn ups(waybill: &str) -> Result<(), &'static str> {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'Z' => Some((u32::from(byte - b'A') + 2) % 10),
        _ => None,
    };
    let rest = waybill.strip_prefix("1Z").filter(|rest| rest.len() == 16).ok_or(FORM)?;
    let values: Option<Vec<u32>> = rest.bytes().map(value).collect();
    last(&values.ok_or(FORM)?, |others| {
        let weights = [1, 2].into_iter().cycle();
        let sum: u32 = others.iter().zip(weights).map(|(value, weight)| value * weight).sum();
        (10 - sum % 10) % 10
    })
}
