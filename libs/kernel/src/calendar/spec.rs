//! A working calendar as data: what an administrator writes and what tables and events keep.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::zone::{Day, Weekday};

use super::CalendarError;

/// At most this many intervals on one day.
pub const MAX_INTERVALS: usize = 24;
/// At most this many special days: thirty years of holidays and to spare.
pub const MAX_SPECIAL_DAYS: usize = 4_000;

/// When a company, branch or department works, in the wall-clock time of one zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSpec {
    /// Its code, such as `head_office`; appears in explanations.
    pub code: String,
    /// Which state of it this is, from 1. A clock keeps the revision that it was aimed with.
    #[serde(default = "first_revision")]
    pub revision: u32,
    /// IANA name of its time zone, such as `Europe/Madrid`.
    pub time_zone: String,
    /// Working intervals of each day of the week; a day that is missing is off.
    #[serde(default)]
    pub week: BTreeMap<Weekday, Vec<Interval>>,
    /// Holidays, half days and extra working days.
    #[serde(default)]
    pub special_days: Vec<SpecialDay>,
}

/// A stretch of one day in wall-clock time, from the first moment up to but not including the last.
/// One that crosses midnight is written as two: up to `24:00`, and from `00:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// Begins at this time of the day.
    pub from: TimeOfDay,
    /// Ends at this time of the day, which is later.
    pub to: TimeOfDay,
}

/// A wall-clock time: seconds since midnight, 0 to 86,400 (`24:00`, the end of the day).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u32);

/// The hours of one date, in place of those of its weekday: none for a holiday, fewer for a half
/// day, some for an extra working day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialDay {
    /// The date.
    pub date: Day,
    /// What it is called, such as `National Day`; appears in explanations. May be empty.
    #[serde(default)]
    pub name: String,
    /// The working intervals of that date; empty: nobody works.
    #[serde(default)]
    pub intervals: Vec<Interval>,
}

impl CalendarSpec {
    /// Every moment of every day.
    pub fn always(code: &str, time_zone: &str) -> Self {
        let all_day = Interval { from: TimeOfDay::MIDNIGHT, to: TimeOfDay::END };
        Self {
            code: code.to_owned(),
            revision: 1,
            time_zone: time_zone.to_owned(),
            week: Weekday::ALL.into_iter().map(|weekday| (weekday, vec![all_day])).collect(),
            special_days: Vec::new(),
        }
    }

    /// Says what is wrong with the hours, if anything is.
    pub(super) fn check(&self) -> Result<(), CalendarError> {
        for (weekday, hours) in &self.week {
            check_hours(&format!("week.{weekday:?}").to_lowercase(), hours)?;
        }
        if self.special_days.len() > MAX_SPECIAL_DAYS {
            return Err(CalendarError::TooManySpecialDays { count: self.special_days.len() });
        }
        let mut seen = std::collections::BTreeSet::new();
        for one in &self.special_days {
            check_hours(&format!("special_days.{}", one.date), &one.intervals)?;
            if !seen.insert(one.date) {
                return Err(CalendarError::DateTwice { date: one.date });
            }
        }
        Ok(())
    }
}

fn first_revision() -> u32 {
    1
}

fn check_hours(place: &str, hours: &[Interval]) -> Result<(), CalendarError> {
    let wrong = |what| Err(CalendarError::Hours { place: place.to_owned(), what });
    if hours.len() > MAX_INTERVALS {
        return wrong("has more than 24 intervals");
    }
    if hours.iter().any(|interval| interval.from >= interval.to) {
        return wrong("has an interval that does not end after it begins (split it at 24:00)");
    }
    if hours.windows(2).any(|pair| pair[0].to > pair[1].from) {
        return wrong("has intervals that overlap or are not in order");
    }
    Ok(())
}

impl TimeOfDay {
    /// The beginning of the day.
    pub const MIDNIGHT: Self = Self(0);
    /// The end of the day, `24:00`.
    pub const END: Self = Self(86_400);

    /// The time `seconds` after midnight; none above 86,400.
    pub const fn from_seconds(seconds: u32) -> Option<Self> {
        if seconds <= 86_400 { Some(Self(seconds)) } else { None }
    }

    /// Seconds since midnight.
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// Milliseconds since midnight.
    pub(super) const fn millis(self) -> i64 {
        self.0 as i64 * 1000
    }
}

impl fmt::Display for TimeOfDay {
    /// `08:30`, or `08:30:15` where there are seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes, seconds) = (self.0 / 3600, self.0 / 60 % 60, self.0 % 60);
        write!(f, "{hours:02}:{minutes:02}")?;
        if seconds == 0 { Ok(()) } else { write!(f, ":{seconds:02}") }
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TimeOfDay {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let wrong = || CalendarError::NotATime { text: text.chars().take(32).collect() };
        let mut parts = text.split(':').map(|part| match part.len() {
            2 => part.parse::<u32>().map_err(|_| wrong()),
            _ => Err(wrong()),
        });
        let mut next = || parts.next().transpose();
        let (hours, minutes) = (next()?.ok_or_else(wrong)?, next()?.ok_or_else(wrong)?);
        let seconds = next()?.unwrap_or(0);
        if next()?.is_some() || minutes > 59 || seconds > 59 || hours > 24 {
            return Err(wrong());
        }
        Self::from_seconds(hours * 3600 + minutes * 60 + seconds).ok_or_else(wrong)
    }
}

impl fmt::Display for Interval {
    /// `09:00-12:30`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

impl FromStr for Interval {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let wrong = || CalendarError::NotATime { text: text.chars().take(32).collect() };
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        Ok(Self { from: from.parse()?, to: to.parse()? })
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
