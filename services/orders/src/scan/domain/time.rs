//! When a scan happened: the instant where its zone is known, and its place among others in any case.
//!
//! A missing zone is a stated fact, not UTC: the instant is not told then. Zones come, in this order, from the
//! scan, from its place where all of a country keeps one, and from the carrier's usual zone.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kefu_kernel::zone::Day;
use kefu_kernel::{Timestamp, Zone};

use super::raw::{RawPlace, RawScan, RawTime};
use crate::domain::Error;
use crate::domain::words::{TimePrecision, ZoneBasis};

/// Countries that keep one time throughout, by ISO 3166-1 letters (from the IANA database's `zone.tab`).
const ONE_ZONE: &str = include_str!("one_zone.toml");

static ZONES: LazyLock<BTreeMap<String, Zone>> = LazyLock::new(|| {
    let names: BTreeMap<String, String> = toml::from_str(ONE_ZONE).unwrap_or_default();
    let known = |(country, name): (String, String)| Some((country, Zone::named(&name).ok()?));
    names.into_iter().filter_map(known).collect()
});

/// When a scan happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanTime {
    /// The instant; none where the zone is not known.
    pub occurred_at: Option<Timestamp>,
    /// What it is ordered by among the shipment's scans; in UTC where the zone is not known.
    pub ordered_at: Timestamp,
    /// How the zone is known.
    pub basis: ZoneBasis,
    /// How exact it is.
    pub precision: TimePrecision,
}

impl ScanTime {
    /// Reads the time of a scan; `usual` is the carrier's usual zone.
    ///
    /// # Errors
    ///
    /// A text that is no date and time, or a zone that there is not.
    pub fn read(raw: &RawScan, usual: Option<&Zone>) -> Result<Self, Error> {
        let (text, offset, zone) = match &raw.time {
            RawTime::Instant(at) => {
                let precision = raw.precision.unwrap_or(TimePrecision::Second);
                return Ok(Self::known(*at, ZoneBasis::Carrier, precision));
            }
            RawTime::Local { text, offset_minutes, time_zone } => (text, offset_minutes, time_zone),
        };
        let local = Local::parse(text).ok_or_else(|| {
            Error::invalid("local.text", "date_time", "is no ISO 8601 local time")
        })?;
        let precision = raw.precision.unwrap_or(local.precision);
        if let Some(minutes) = offset {
            let shift = i64::from(*minutes) * 60_000;
            let at = Timestamp::from_millis(local.in_zone(&Zone::UTC).as_millis() - shift);
            return Ok(Self::known(at, ZoneBasis::Carrier, precision));
        }
        if !zone.is_empty() {
            let at = local.in_zone(&Zone::named(zone)?);
            return Ok(Self::known(at, ZoneBasis::Carrier, precision));
        }
        let of_place = raw.place.as_ref().and_then(zone_of);
        let found = of_place.map(|zone| (zone, ZoneBasis::Location));
        Ok(match found.or(usual.map(|zone| (zone, ZoneBasis::CarrierDefault))) {
            Some((zone, basis)) => Self::known(local.in_zone(zone), basis, precision),
            None => Self {
                occurred_at: None,
                ordered_at: local.in_zone(&Zone::UTC),
                basis: ZoneBasis::Unknown,
                precision,
            },
        })
    }

    /// An instant that is known.
    pub fn known(at: Timestamp, basis: ZoneBasis, precision: TimePrecision) -> Self {
        Self { occurred_at: Some(at), ordered_at: at, basis, precision }
    }
}

/// The zone of a place, where its country has one only; a UN/LOCODE begins with the country's letters.
fn zone_of(place: &RawPlace) -> Option<&'static Zone> {
    let coded = (place.code_list == "unlocode").then(|| place.code.get(..2)).flatten();
    let country = if place.country.is_empty() { coded? } else { &place.country };
    ZONES.get(country)
}

/// A date and a time of day without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Local {
    day: Day,
    /// Milliseconds since midnight, as the wall clock shows it.
    time_ms: i64,
    precision: TimePrecision,
}

impl Local {
    /// Reads `2026-03-10`, `2026-03-10T08:50`, `2026-03-10T08:50:12` or with a fraction of whatever length.
    fn parse(text: &str) -> Option<Self> {
        let day: Day = text.get(..10)?.parse().ok()?;
        let Some(rest) = text.get(10..).filter(|rest| !rest.is_empty()) else {
            return Some(Self { day, time_ms: 0, precision: TimePrecision::Date });
        };
        let mut parts = rest.strip_prefix('T')?.splitn(3, ':');
        let hours = two_digits(parts.next()?, 24)?;
        let minutes = two_digits(parts.next()?, 60)?;
        let (millis, precision) = match parts.next() {
            None => (0, TimePrecision::Minute),
            Some(seconds) => (seconds_ms(seconds)?, TimePrecision::Second),
        };
        let time_ms = i64::from(hours * 3_600 + minutes * 60) * 1_000 + millis;
        Some(Self { day, time_ms, precision })
    }

    /// The instant at which the wall clock of a zone shows this; moved on by the gap where a change of
    /// offset skips it, the first of two where it repeats.
    fn in_zone(self, zone: &Zone) -> Timestamp {
        zone.at_local_ms(self.day, self.time_ms)
    }
}

fn two_digits(text: &str, below: u32) -> Option<u32> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|value| digits && *value < below)
}

/// `12` or `12.345678` in milliseconds, cut; a leap second is the last of its minute.
fn seconds_ms(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(i64::from(two_digits(whole, 61)?.min(59)) * 1_000 + millis)
}

#[cfg(test)]
pub(super) fn countries() -> (usize, usize) {
    let names: BTreeMap<String, String> = toml::from_str(ONE_ZONE).unwrap();
    (names.len(), ZONES.len())
}
