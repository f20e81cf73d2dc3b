//! Words that the tests share: moments in a zone, calendars, generated calendars.

use std::time::Duration;

use kefu_kernel::calendar::{CalendarSpec, Interval, SpecialDay, TimeOfDay};
use kefu_kernel::clock::{Allowance, Target};
use kefu_kernel::zone::Weekday;
use kefu_kernel::{Calendar, Day, Timestamp, Zone};
use proptest::prelude::*;

/// Zones with and without daylight saving, in both hemispheres, one with a half-hour shift.
pub const ZONES: [&str; 6] = [
    "America/New_York",
    "Asia/Shanghai",
    "Europe/Madrid",
    "Australia/Lord_Howe",
    "America/Havana",
    "America/St_Johns",
];

/// The moment at which the wall clock of `zone` shows `2026-11-22 09:30` (the first of two).
pub fn local(zone: &str, text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').unwrap();
    let zone = Zone::named(zone).unwrap();
    let time: TimeOfDay = time.parse().unwrap();
    let utc = Day::from_number(0);
    let shown = Timestamp::from_millis(i64::from(time.seconds()) * 1000);
    assert_eq!(Zone::UTC.day_of(shown), utc, "24:00 is the next day's 00:00");
    let midnight = zone.start_of(day.parse().unwrap());
    // The first moment of the day that shows that time.
    let step = Duration::from_secs(60);
    let mut at = midnight;
    while zone.time_of_day_ms(at) / 60_000 != i64::from(time.seconds() / 60) {
        at = at.plus(step);
    }
    at
}

pub fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 3600)
}

pub fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

pub fn calendar(toml: &str) -> Calendar {
    Calendar::new(toml::from_str(toml).unwrap()).unwrap()
}

/// Monday to Friday 09:00–18:00 in `zone`.
pub fn office(zone: &str) -> Calendar {
    calendar(&format!(
        "code = 'office'\ntime_zone = '{zone}'\n[week]\n{}",
        ["monday", "tuesday", "wednesday", "thursday", "friday"]
            .map(|day| format!("{day} = ['09:00-18:00']\n"))
            .concat()
    ))
}

/// A target of the policy `test.clock` that counts by `calendar`.
pub fn target(calendar: &Calendar, allowance: Allowance) -> Target {
    Target {
        policy: "test.clock".into(),
        policy_version: 1,
        calendar: calendar.spec().code.clone(),
        calendar_revision: calendar.spec().revision,
        allowance,
        ladder: vec![80],
    }
}

/// A moment of 2026, often within a day of a change of offset.
pub fn any_moment() -> impl Strategy<Value = Timestamp> {
    let year = local("Asia/Shanghai", "2026-01-01 00:00").as_millis();
    let anywhere = (0..365 * 86_400_000i64).prop_map(move |ms| year + ms);
    let near_change = (
        prop::sample::select(vec![
            ("America/New_York", "2026-03-08 00:00"),
            ("America/New_York", "2026-11-01 00:00"),
            ("Europe/Madrid", "2026-03-29 00:00"),
            ("Europe/Madrid", "2026-10-25 00:00"),
            ("Australia/Lord_Howe", "2026-04-05 00:00"),
            ("Australia/Lord_Howe", "2026-10-04 00:00"),
            ("America/Havana", "2026-11-01 00:00"),
        ]),
        -86_400_000..86_400_000i64,
    )
        .prop_map(|((zone, day), ms)| local(zone, day).as_millis() + ms);
    prop_oneof![anywhere, near_change].prop_map(Timestamp::from_millis)
}

/// A calendar of a real zone with generated hours, holidays, half days and extra days in 2026.
pub fn any_calendar() -> impl Strategy<Value = Calendar> {
    let week = prop::collection::vec((0..7usize, any_hours()), 1..8);
    let special_days = prop::collection::btree_map(20_454..20_819i32, any_hours(), 0..40);
    (prop::sample::select(ZONES.to_vec()), week, special_days).prop_map(
        |(zone, week, special_days)| {
            let special_days = special_days.into_iter().map(|(day, hours)| SpecialDay {
                date: Day::from_number(day),
                name: "special".into(),
                intervals: hours,
            });
            Calendar::new(CalendarSpec {
                code: "generated".into(),
                revision: 1,
                time_zone: zone.into(),
                week: week.into_iter().map(|(day, hours)| (Weekday::ALL[day], hours)).collect(),
                special_days: special_days.collect(),
            })
            .unwrap()
        },
    )
}

/// Up to four intervals of one day, to the minute; often none.
fn any_hours() -> impl Strategy<Value = Vec<Interval>> {
    prop::collection::btree_set(0..=1440u32, 0..9).prop_map(|marks| {
        let marks: Vec<u32> = marks.into_iter().collect();
        let time = |minute: u32| TimeOfDay::from_seconds(minute * 60).unwrap();
        marks
            .chunks_exact(2)
            .map(|pair| Interval { from: time(pair[0]), to: time(pair[1]) })
            .collect()
    })
}
