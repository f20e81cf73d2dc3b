//! A calendar as events tell it, as the kernel reckons by it.

use std::collections::BTreeMap;

use kefu_api_events::v1::{CalendarFacts, WorkInterval};
use kefu_kernel::Calendar;
use kefu_kernel::calendar::{CalendarSpec, Interval, SpecialDay, TimeOfDay};
use kefu_kernel::zone::Weekday;

use super::DirectoryError;

/// The calendar that the facts describe.
pub(super) fn calendar(facts: CalendarFacts) -> Result<Calendar, DirectoryError> {
    let code = facts.code.clone();
    let broken = |what: &str| DirectoryError::Broken(format!("calendar `{code}` with {what}"));
    let mut week = BTreeMap::new();
    for day in &facts.week {
        let index = usize::try_from(day.iso_weekday - 1).ok();
        let weekday = index.and_then(|index| Weekday::ALL.get(index).copied());
        let hours = intervals(&day.intervals).ok_or_else(|| broken("an interval out of range"))?;
        week.insert(weekday.ok_or_else(|| broken("a day that is none"))?, hours);
    }
    let mut special_days = Vec::with_capacity(facts.special_days.len());
    for day in &facts.special_days {
        special_days.push(SpecialDay {
            date: day.date.parse().map_err(|_| broken("a date that is none"))?,
            name: day.name.clone(),
            intervals: intervals(&day.intervals)
                .ok_or_else(|| broken("an interval out of range"))?,
        });
    }
    let spec = CalendarSpec {
        code: facts.code,
        revision: u32::try_from(facts.revision).unwrap_or(1),
        time_zone: facts.time_zone,
        week,
        special_days,
    };
    Calendar::new(spec).map_err(|error| broken(&error.to_string()))
}

fn intervals(told: &[WorkInterval]) -> Option<Vec<Interval>> {
    told.iter()
        .map(|interval| {
            Some(Interval { from: minute(interval.from_minute)?, to: minute(interval.to_minute)? })
        })
        .collect()
}

fn minute(minute: i32) -> Option<TimeOfDay> {
    TimeOfDay::from_seconds(u32::try_from(minute).ok()?.checked_mul(60)?)
}
