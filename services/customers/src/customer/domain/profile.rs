//! What is known of a customer beside its contact points.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use kefu_kernel::field::Fields;
use kefu_kernel::{Day, FieldViolation, Money, Zone};

use crate::domain::ids::AddressId;
use crate::domain::quiet::QuietHours;
use kefu_api_events::Channel;

/// The fields of a customer that an update may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// As it is written on letters; never empty but after an erase. Personal data.
    pub name: String,
    /// BCP 47 tag of its language; empty where unknown.
    pub language: String,
    /// IANA name of its time zone; empty: its branch's.
    pub time_zone: String,
    /// Day of birth. Personal data.
    pub birthday: Option<YearDay>,
    /// Further days of the year that matter, by what is remembered. Personal data.
    pub anniversaries: BTreeMap<String, YearDay>,
    /// By which way it wants to be reached.
    pub preferred_channel: Option<Channel>,
    /// When it is not to be disturbed, in its own time zone.
    pub quiet_hours: Option<QuietHours>,
    /// What it needs. Personal data.
    pub needs: String,
    /// What it prefers. Personal data.
    pub preferences: String,
    /// The day by which it expects to decide or to be served.
    pub expected_on: Option<Day>,
    /// What it means to spend; not negative.
    pub budget: Option<Money>,
    /// Codes that the department hangs on it.
    pub tags: BTreeSet<String>,
    /// The company's own fields. Texts among them are personal data.
    pub fields: Fields,
    /// Postal addresses, in the order in which they were given. Personal data.
    pub addresses: Vec<Address>,
}

/// A postal address. Personal data but for its country and label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Its id; it keeps it while nothing of it changes.
    pub id: AddressId,
    /// What it is for: a code; empty where nobody said.
    pub label: String,
    /// Whose name stands on the letter; empty: the customer's.
    pub recipient: String,
    /// Street, house and floor.
    pub street: String,
    /// City or town.
    pub city: String,
    /// Province, state or district.
    pub region: String,
    /// Postal code.
    pub postal_code: String,
    /// Country, ISO 3166-1 alpha-2.
    pub country: String,
    /// Phone at the address, E.164; empty: the customer's.
    pub phone: String,
}

/// A day of the year; the year may be unknown. Text form: `1980-02-29`, or `--02-29` (ISO 8601:2000 §5.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct YearDay {
    year: Option<i16>,
    month: i8,
    day: i8,
}

/// A text is not a day of the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a day of the calendar")]
pub struct YearDayError;

impl YearDay {
    /// The year; none where unknown.
    pub fn year(self) -> Option<i16> {
        self.year
    }
}

impl FromStr for YearDay {
    type Err = YearDayError;

    fn from_str(text: &str) -> Result<Self, YearDayError> {
        let parts = |rest: &str| {
            let (month, day) = rest.split_once('-')?;
            Some((month.parse().ok()?, day.parse().ok()?))
        };
        let (year, rest) = match text.strip_prefix("--") {
            Some(rest) => (None, rest),
            None => {
                let (year, rest) = text.split_once('-').ok_or(YearDayError)?;
                (Some(year.parse().map_err(|_| YearDayError)?), rest)
            }
        };
        let (month, day) = parts(rest).ok_or(YearDayError)?;
        // A leap year stands for an unknown one: the 29th of February is a birthday.
        Day::new(year.unwrap_or(2000), month, day).ok_or(YearDayError)?;
        Ok(Self { year, month, day })
    }
}

impl fmt::Display for YearDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year {
            Some(year) => write!(f, "{year:04}-{:02}-{:02}", self.month, self.day),
            None => write!(f, "--{:02}-{:02}", self.month, self.day),
        }
    }
}

impl Address {
    /// Whether it says the same, whatever its id.
    pub fn says_the_same(&self, other: &Self) -> bool {
        *self == Self { id: self.id, ..other.clone() }
    }
}

impl Profile {
    /// What is wrong with it whatever the company declares; empty where nothing is.
    pub fn wrong(&self) -> Vec<FieldViolation> {
        let mut wrong = Vec::new();
        if self.name.trim().is_empty() {
            wrong.push(FieldViolation::new("name", "required", "cannot be empty"));
        }
        if !self.time_zone.is_empty() && Zone::named(&self.time_zone).is_err() {
            wrong.push(FieldViolation::new(
                "time_zone",
                "time_zone",
                "is not a zone of the IANA database",
            ));
        }
        if self.budget.is_some_and(|budget| budget.minor() < 0) {
            wrong.push(FieldViolation::new("budget", "gte", "cannot be negative"));
        }
        wrong
    }

    /// Lets an address that says what a former one said keep that one's id.
    pub(super) fn keep_address_ids(&mut self, former: &[Address]) {
        let mut left: Vec<&Address> = former.iter().collect();
        for address in &mut self.addresses {
            if let Some(found) = left.iter().position(|old| old.says_the_same(address)) {
                address.id = left.remove(found).id;
            }
        }
    }

    /// Overwrites everything that tells who it is.
    pub(super) fn erase(&mut self) {
        *self = Self {
            language: std::mem::take(&mut self.language),
            time_zone: std::mem::take(&mut self.time_zone),
            preferred_channel: self.preferred_channel,
            quiet_hours: self.quiet_hours,
            expected_on: self.expected_on,
            budget: self.budget,
            tags: std::mem::take(&mut self.tags),
            ..Self::default()
        };
    }
}
