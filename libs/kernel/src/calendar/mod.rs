//! Working time: how much of it lies between two moments, and when so much of it will have passed.
//!
//! A [`Calendar`] has a zone, any number of intervals on each day of the week and special days
//! (holidays, half days, extra days). [`Calendar::between`] and [`Calendar::add`] read the same
//! table, so they are inverse to each other by construction: `between(a, add(a, d)) == d`. The table
//! is made a year at a time, when first asked, and searched by halving.

mod span;
pub mod spec;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::zone::{Day, Zone, ZoneError};
use crate::{Fault, FaultKind, Timestamp};

pub use self::span::Span;
use self::span::Table;
pub use self::spec::{CalendarSpec, Interval, SpecialDay, TimeOfDay};

/// One table holds this much of UTC.
const TABLE_MS: i64 = 366 * 86_400_000;
/// Tables are kept for the years 1900 to 2200; what lies outside is not computed.
const FIRST_TABLE: i64 = -70;
const TABLES: i64 = 300;
/// How many tables (years) a search for working time goes on before it gives up.
const SEARCH_TABLES: i64 = 12;

/// A working calendar, ready to compute with. Cheap to clone; clones share their tables.
#[derive(Clone)]
pub struct Calendar(Arc<Inner>);

struct Inner {
    spec: CalendarSpec,
    zone: Zone,
    week: [Vec<Interval>; 7],
    special_days: BTreeMap<Day, SpecialDay>,
    tables: Vec<OnceLock<Box<Table>>>,
}

/// Why a day, or a part of one, is not working time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// A working day, but outside its hours: a night, a lunch break.
    OutsideHours,
    /// A day of the week on which nobody works.
    DayOff,
    /// A date on which nobody works, by its name.
    Holiday(String),
}

/// A calendar is wrong, or cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The zone does not exist.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// The hours of a day are wrong.
    #[error("{place} {what}")]
    Hours {
        /// Which day, as a path: `week.monday`, `special_days.2026-10-01`.
        place: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A text is not a time of day or an interval.
    #[error("`{text}` is not a time of day such as 09:00, nor an interval such as 09:00-12:30")]
    NotATime {
        /// What was given, cut at 32 characters.
        text: String,
    },
    /// One date is a special day twice.
    #[error("{date} is a special day twice")]
    DateTwice {
        /// The date.
        date: Day,
    },
    /// More special days than a calendar may have.
    #[error("{count} special days; a calendar has at most {}", spec::MAX_SPECIAL_DAYS)]
    TooManySpecialDays {
        /// How many were given.
        count: usize,
    },
    /// Not enough working time in the twelve years after a moment.
    #[error("calendar {calendar} has not enough working time in the years after {from}")]
    NoWorkingTime {
        /// The calendar's code.
        calendar: String,
        /// Where the search began.
        from: Timestamp,
    },
    /// A moment before 1900 or after 2200.
    #[error("{at} is not within the years 1900 to 2200")]
    OutOfRange {
        /// The moment.
        at: Timestamp,
    },
}

impl Calendar {
    /// The calendar that `spec` describes; says what is wrong with it otherwise.
    pub fn new(spec: CalendarSpec) -> Result<Self, CalendarError> {
        spec.check()?;
        let zone = Zone::named(&spec.time_zone)?;
        let hours = |weekday| spec.week.get(&weekday).cloned().unwrap_or_default();
        let week = crate::zone::Weekday::ALL.map(hours);
        let special_days = spec.special_days.iter().map(|one| (one.date, one.clone())).collect();
        let tables = (0..TABLES).map(|_| OnceLock::new()).collect();
        Ok(Self(Arc::new(Inner { spec, zone, week, special_days, tables })))
    }

    /// The data that it was made of.
    pub fn spec(&self) -> &CalendarSpec {
        &self.0.spec
    }

    /// Its zone.
    pub fn zone(&self) -> &Zone {
        &self.0.zone
    }

    /// The working time from `from` to `to`; none where `to` is not later.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Result<Duration, CalendarError> {
        let (first, last) = (self.table_of(from)?, self.table_of(to)?);
        if to <= from {
            return Ok(Duration::ZERO);
        }
        let whole: i64 = (first..last).map(|index| self.table(index).total()).sum();
        let millis = whole + self.table(last).before(to) - self.table(first).before(from);
        Ok(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
    }

    /// The earliest moment by which `work` of working time has passed since `from`: `from` itself
    /// for none at all, and the end of an interval (not the beginning of the next) where `work` just
    /// fills it.
    pub fn add(&self, from: Timestamp, work: Duration) -> Result<Timestamp, CalendarError> {
        let first = self.table_of(from)?;
        if work.is_zero() {
            return Ok(from);
        }
        let nowhere = || CalendarError::NoWorkingTime { calendar: self.0.spec.code.clone(), from };
        let mut left = i64::try_from(work.as_millis()).map_err(|_| nowhere())?;
        left = left.checked_add(self.table(first).before(from)).ok_or_else(nowhere)?;
        for index in first..(first + SEARCH_TABLES).min(FIRST_TABLE + TABLES) {
            let table = self.table(index);
            if left <= table.total() {
                return table.moment(left).ok_or_else(nowhere);
            }
            left -= table.total();
        }
        Err(nowhere())
    }

    /// Whether `at` is working time.
    pub fn is_open(&self, at: Timestamp) -> Result<bool, CalendarError> {
        let table = self.table(self.table_of(at)?);
        Ok(table.spans_after(at).first().is_some_and(|span| span.from <= at))
    }

    /// The working time from `from` to `to`, span by span, in order; spans that touch are one.
    pub fn spans(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Span>, CalendarError> {
        let (first, last) = (self.table_of(from)?, self.table_of(to)?);
        let mut found: Vec<Span> = Vec::new();
        for index in first..=last {
            for span in self.table(index).spans_after(from) {
                let span = Span { from: span.from.max(from), to: span.to.min(to) };
                if span.from >= span.to {
                    break;
                }
                match found.last_mut() {
                    Some(before) if before.to == span.from => before.to = span.to,
                    _ => found.push(span),
                }
            }
        }
        Ok(found)
    }

    /// Why what is not working time on `day` is not.
    pub fn closed(&self, day: Day) -> Closed {
        match self.0.special_days.get(&day) {
            Some(one) if one.intervals.is_empty() => Closed::Holiday(one.name.clone()),
            None if self.0.hours(day).is_empty() => Closed::DayOff,
            _ => Closed::OutsideHours,
        }
    }

    fn table_of(&self, at: Timestamp) -> Result<i64, CalendarError> {
        let index = at.as_millis().div_euclid(TABLE_MS);
        if (FIRST_TABLE..FIRST_TABLE + TABLES).contains(&index) {
            Ok(index)
        } else {
            Err(CalendarError::OutOfRange { at })
        }
    }

    fn table(&self, index: i64) -> &Table {
        let slot = usize::try_from(index - FIRST_TABLE).expect("the index was checked");
        self.0.tables[slot].get_or_init(|| {
            let from = Timestamp::from_millis(index * TABLE_MS);
            let to = Timestamp::from_millis((index + 1) * TABLE_MS);
            Box::new(Table::build(&self.0.zone, |day| self.0.hours(day), from, to))
        })
    }
}

impl Inner {
    fn hours(&self, day: Day) -> &[Interval] {
        match self.special_days.get(&day) {
            Some(one) => &one.intervals,
            None => &self.week[day.weekday() as usize],
        }
    }
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.0.spec == other.0.spec
    }
}

impl Eq for Calendar {}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Calendar({} r{})", self.0.spec.code, self.0.spec.revision)
    }
}

impl Fault for CalendarError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NoWorkingTime { .. } => FaultKind::RuleBroken,
            _ => FaultKind::Invalid,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Zone(error) => error.reason(),
            Self::Hours { .. }
            | Self::NotATime { .. }
            | Self::DateTwice { .. }
            | Self::TooManySpecialDays { .. } => "CALENDAR_INVALID",
            Self::NoWorkingTime { .. } => "NO_WORKING_TIME",
            Self::OutOfRange { .. } => "TIME_OUT_OF_RANGE",
        }
    }
}
