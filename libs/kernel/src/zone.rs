//! Civil time: a time zone of the IANA database, and days in it.
//!
//! "Today", "per day" and "within seven days" mean nothing without a zone. Everything that cuts time
//! into days (reports, targets in calendar days, calendars) does it with the words of this file. The
//! zones' rules come with the binary and not from the machine, so that every process of an
//! installation gives the same answer.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::civil;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use crate::{Fault, FaultKind, Timestamp};

/// Milliseconds of a day without a change of offset.
pub const DAY_MS: i64 = 86_400_000;

/// A time zone, such as `Asia/Shanghai`. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A civil date, the same in every zone; as a number, the days since 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// A day of the week. Orders from Monday.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// The first day of the week (ISO 8601).
    Monday,
    /// The second.
    Tuesday,
    /// The third.
    Wednesday,
    /// The fourth.
    Thursday,
    /// The fifth.
    Friday,
    /// The sixth.
    Saturday,
    /// The seventh.
    Sunday,
}

/// A text names no zone, or no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// Not a name of the IANA time zone database.
    #[error("`{0}` is not a time zone of the IANA database, such as Asia/Shanghai")]
    UnknownZone(String),
    /// Not a date of the calendar.
    #[error("`{0}` is not a date of the form 2026-12-31")]
    NotADay(String),
}

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone with the IANA name `name`.
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        let unknown = || ZoneError::UnknownZone(name.chars().take(64).collect());
        ZONES.get(name).map(Self).map_err(|_| unknown())
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The day that the wall calendar shows at `at`.
    pub fn day_of(&self, at: Timestamp) -> Day {
        Day::of_local_ms(at.as_millis().saturating_add(self.offset_ms(at)))
    }

    /// Milliseconds since local midnight that the wall clock shows at `at`.
    pub fn time_of_day_ms(&self, at: Timestamp) -> i64 {
        at.as_millis().saturating_add(self.offset_ms(at)).rem_euclid(DAY_MS)
    }

    /// When `day` begins: local midnight, or the first instant after it where a change of offset
    /// skips midnight; the first of two where it repeats.
    pub fn start_of(&self, day: Day) -> Timestamp {
        self.at_local_ms(day, 0)
    }

    /// When the wall clock shows on `day` what it shows at `at`; moved on by the length of the gap
    /// where a change of offset skips that time, the first of two where it repeats.
    pub fn same_time_on(&self, day: Day, at: Timestamp) -> Timestamp {
        self.at_local_ms(day, self.time_of_day_ms(at))
    }

    /// `at` as the wall clock and calendar show it: `2026-11-22 09:30`.
    pub fn format(&self, at: Timestamp) -> String {
        let minutes = self.time_of_day_ms(at) / 60_000;
        format!("{} {:02}:{:02}", self.day_of(at), minutes / 60, minutes % 60)
    }

    /// What to add to UTC to get local time at `at`, in milliseconds.
    pub(crate) fn offset_ms(&self, at: Timestamp) -> i64 {
        i64::from(self.0.to_offset(instant(at)).seconds()) * 1000
    }

    /// The first instant after `at` from which another offset may hold; none: never again.
    pub(crate) fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        let change = self.0.following(instant(at)).next()?;
        Some(Timestamp::from_millis(change.timestamp().as_millisecond()))
    }

    /// When the wall clock shows on `day` this time of day, in milliseconds since midnight as it shows them;
    /// gaps and repetitions as in [`Zone::same_time_on`].
    pub fn at_local_ms(&self, day: Day, ms: i64) -> Timestamp {
        let local = i64::from(day.0) * DAY_MS + ms;
        let wall = Offset::UTC.to_datetime(instant(Timestamp::from_millis(local)));
        let found = self.0.to_ambiguous_timestamp(wall).compatible();
        let utc = found.unwrap_or_else(|_| instant(Timestamp::from_millis(local)));
        Timestamp::from_millis(utc.as_millisecond())
    }
}

/// The library's instant; one beyond the years −9999…9999 counts as their end.
fn instant(at: Timestamp) -> jiff::Timestamp {
    let clamped = at
        .as_millis()
        .clamp(jiff::Timestamp::MIN.as_millisecond() + 1, jiff::Timestamp::MAX.as_millisecond());
    jiff::Timestamp::from_millisecond(clamped).expect("the value was clamped into the range")
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Day {
    /// The day `days` days after 1970-01-01 (negative: before it).
    pub const fn from_number(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The day of a year, month (1–12) and day of the month (1–31); none where there is no such.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        civil::Date::new(year, month, day).ok().map(Self::of_date)
    }

    /// The day `days` later (negative: earlier).
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The first day of the month that it lies in.
    pub fn first_of_month(self) -> Self {
        Self::of_date(self.date().first_of_month())
    }

    /// The last day of the month that it lies in.
    pub fn last_of_month(self) -> Self {
        Self::of_date(self.date().last_of_month())
    }

    /// The day of the week; 1970-01-01 was a Thursday.
    pub fn weekday(self) -> Weekday {
        Weekday::ALL[usize::try_from((i64::from(self.0) + 3).rem_euclid(7)).unwrap_or(0)]
    }

    /// The day within which `ms` milliseconds of local time since 1970-01-01T00:00 fall.
    pub(crate) fn of_local_ms(ms: i64) -> Self {
        Self(i32::try_from(ms.div_euclid(DAY_MS)).unwrap_or(if ms < 0 {
            i32::MIN
        } else {
            i32::MAX
        }))
    }

    fn date(self) -> civil::Date {
        let midnight = Timestamp::from_millis(i64::from(self.0) * DAY_MS);
        Offset::UTC.to_datetime(instant(midnight)).date()
    }

    fn of_date(date: civil::Date) -> Self {
        let midnight = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0));
        Self::of_local_ms(midnight.map_or(0, jiff::Timestamp::as_millisecond))
    }
}

impl Weekday {
    /// All seven, from Monday.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];
}

impl fmt::Display for Day {
    /// ISO 8601: `2026-11-22`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        let date: Result<civil::Date, _> = text.parse();
        date.map(Self::of_date).map_err(|_| ZoneError::NotADay(text.chars().take(32).collect()))
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Fault for ZoneError {
    fn kind(&self) -> FaultKind {
        FaultKind::Invalid
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::UnknownZone(_) => "TIME_ZONE_UNKNOWN",
            Self::NotADay(_) => "DATE_INVALID",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let instant: jiff::Timestamp = text.parse().unwrap();
        Timestamp::from_millis(instant.as_millisecond())
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn one_instant_is_two_days_in_two_zones() {
        let late = at("2026-11-22T20:00:00Z");
        assert_eq!(Zone::named("Asia/Shanghai").unwrap().day_of(late), day("2026-11-23"));
        assert_eq!(Zone::named("America/New_York").unwrap().day_of(late), day("2026-11-22"));
    }

    #[test]
    fn days_know_their_weekday_and_their_text() {
        assert_eq!(day("1970-01-01").weekday(), Weekday::Thursday);
        assert_eq!(day("2026-11-22").weekday(), Weekday::Sunday);
        assert_eq!(day("1969-12-31").number(), -1);
        assert_eq!(day("2024-02-28").plus(1).to_string(), "2024-02-29");
        assert_eq!(day("2024-02-10").last_of_month().to_string(), "2024-02-29");
        assert_eq!(day("2026-12-31").first_of_month().to_string(), "2026-12-01");
        assert_eq!(Day::new(2026, 2, 29), None);
    }

    #[test]
    fn a_day_is_23_24_or_25_hours_long() {
        let madrid = Zone::named("Europe/Madrid").unwrap();
        let hours = |text: &str| {
            let from = madrid.start_of(day(text));
            madrid.start_of(day(text).plus(1)).since(from).as_secs() / 3600
        };
        assert_eq!(hours("2026-03-29"), 23);
        assert_eq!(hours("2026-03-30"), 24);
        assert_eq!(hours("2026-10-25"), 25);
    }

    #[test]
    fn a_day_whose_midnight_is_skipped_begins_after_the_gap() {
        // Cuba goes from 00:00 to 01:00.
        let havana = Zone::named("America/Havana").unwrap();
        assert_eq!(havana.start_of(day("2026-03-08")), at("2026-03-08T05:00:00Z"));
        assert_eq!(havana.time_of_day_ms(havana.start_of(day("2026-03-08"))), 3_600_000);
    }

    #[test]
    fn the_same_time_on_another_day_crosses_a_change_of_offset() {
        let new_york = Zone::named("America/New_York").unwrap();
        let before = at("2026-03-05T15:00:00Z"); // 10:00
        let after = new_york.same_time_on(new_york.day_of(before).plus(7), before);
        assert_eq!(after, at("2026-03-12T14:00:00Z")); // 10:00 again, an hour earlier in UTC
        assert_eq!(new_york.format(after), "2026-03-12 10:00");
    }

    #[test]
    fn a_zone_that_does_not_exist_is_refused() {
        assert_eq!(
            Zone::named("Mars/Olympus").unwrap_err(),
            ZoneError::UnknownZone("Mars/Olympus".into())
        );
    }
}
