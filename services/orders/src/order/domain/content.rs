//! What an order is of: its parties, goods and pickup, and what of that is sound.

use std::collections::BTreeSet;
use std::time::Duration;

use kefu_kernel::{Currency, FieldViolation, InvalidFields, Money, Timestamp, Zone};

use super::words::PartyRole;
use crate::domain::Error;
use crate::domain::ids::CustomerId;

/// How long a pickup window may be.
const WINDOW: Duration = Duration::from_secs(31 * 24 * 3600);

/// Somebody who has to do with an order. All of it personal data but the role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// What they are to it.
    pub role: PartyRole,
    /// Their name.
    pub name: String,
    /// Their company; empty: none.
    pub company: String,
    /// Their phone in E.164; empty: none.
    pub phone: String,
    /// A second phone in E.164; empty: none.
    pub other_phone: String,
    /// Their e-mail address; empty: none.
    pub email: String,
    /// Where they are.
    pub address: Option<Address>,
    /// The customer they are known as.
    pub customer: Option<CustomerId>,
}

/// Where something is picked up or delivered. Personal data but country and outlet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// ISO 3166-1 letters of the country.
    pub country: String,
    /// State, province or region.
    pub region: String,
    /// City or town.
    pub city: String,
    /// District or suburb.
    pub district: String,
    /// Street, house, floor and door, one a line.
    pub lines: Vec<String>,
    /// Postal code; empty: none.
    pub postal_code: String,
    /// The code of the outlet that serves it; empty: unknown.
    pub outlet_code: String,
    /// Latitude in ten-millionths of a degree.
    pub latitude_e7: Option<i32>,
    /// Longitude in ten-millionths of a degree.
    pub longitude_e7: Option<i32>,
}

/// One kind of goods in an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodsLine {
    /// What they are. Personal data.
    pub description: String,
    /// The code of their kind; empty: unknown.
    pub commodity: String,
    /// The customer's own number of the article; empty: none.
    pub sku: String,
    /// How many pieces of them are handed over.
    pub pieces: i32,
    /// How many units are in all these pieces; 0: not counted.
    pub units: i64,
    /// How they are packed; empty: unknown.
    pub packaging: String,
    /// How heavy all of them are, packing included, in grams; 0: not weighed.
    pub weight_grams: i64,
    /// Length of one piece in millimetres; 0: not measured.
    pub length_mm: i32,
    /// Width of one piece in millimetres; 0: not measured.
    pub width_mm: i32,
    /// Height of one piece in millimetres; 0: not measured.
    pub height_mm: i32,
    /// What they are worth.
    pub declared_value: Option<Money>,
    /// Codes of what has to be minded.
    pub handling: Vec<String>,
}

/// When an order is to be picked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickupWindow {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
    /// IANA name of the zone that people say it in; empty: the branch's.
    pub time_zone: String,
}

/// Refuses parties of which two have one role.
pub(super) fn check_parties(parties: &[Party]) -> Result<(), Error> {
    let mut roles = BTreeSet::new();
    let twice = |(index, party): (usize, &Party)| {
        let field = format!("parties[{index}].role");
        let what = "is the role of another party too";
        (!roles.insert(party.role)).then(|| FieldViolation::new(field, "unique", what))
    };
    let wrong: Vec<FieldViolation> = parties.iter().enumerate().filter_map(twice).collect();
    if wrong.is_empty() { Ok(()) } else { Err(InvalidFields(wrong).into()) }
}

/// Refuses goods that are declared in another currency than the order, or negatively.
pub(super) fn check_goods(goods: &[GoodsLine], declared: Option<Money>) -> Result<(), Error> {
    let values = goods.iter().filter_map(|line| line.declared_value);
    let mut currency: Option<Currency> = declared.map(|declared| declared.currency());
    for value in values {
        not_negative("goods.declared_value", Some(value))?;
        let expected = *currency.get_or_insert(value.currency());
        Money::zero(expected).compare(value)?;
    }
    Ok(())
}

/// Refuses a negative amount.
pub(super) fn not_negative(field: &str, amount: Option<Money>) -> Result<(), Error> {
    match amount {
        Some(amount) if amount.minor() < 0 => {
            Err(Error::invalid(field, "not_negative", "is not negative"))
        }
        _ => Ok(()),
    }
}

/// Refuses what is not above zero.
pub(super) fn positive(field: &str, amount: Option<Money>) -> Result<(), Error> {
    match amount {
        Some(amount) if amount.minor() <= 0 => {
            Err(Error::invalid(field, "positive", "is above zero"))
        }
        _ => Ok(()),
    }
}

impl PickupWindow {
    /// Refuses a window that does not end after its beginning, is too long, or is in no zone.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.until <= self.from || self.until > self.from.plus(WINDOW) {
            let what = "ends after its beginning and at most 31 days later";
            return Err(Error::invalid("pickup_window.until", "range", what));
        }
        if !self.time_zone.is_empty() {
            Zone::named(&self.time_zone)?;
        }
        Ok(())
    }
}
