//! Calendars by example: each can be checked with a pocket calendar.

use std::time::Duration;

use kefu_kernel::calendar::{CalendarError, CalendarSpec, Closed};
use kefu_kernel::{Calendar, Fault};

use crate::support::{calendar, hours, local, minutes, office};

const SHANGHAI: &str = "Asia/Shanghai";

/// A morning and an afternoon, a holiday, a half day, and a Saturday worked instead.
fn shanghai() -> Calendar {
    calendar(
        r#"
        code = "shanghai"
        time_zone = "Asia/Shanghai"
        special_days = [
          { date = "2026-10-01", name = "National Day" },
          { date = "2026-10-02", name = "National Day" },
          { date = "2026-12-31", name = "New Year's Eve", intervals = ["09:00-12:00"] },
          { date = "2026-10-10", name = "Worked instead", intervals = ["09:00-12:00", "13:30-18:00"] },
        ]
        [week]
        monday = ["09:00-12:00", "13:30-18:00"]
        tuesday = ["09:00-12:00", "13:30-18:00"]
        wednesday = ["09:00-12:00", "13:30-18:00"]
        thursday = ["09:00-12:00", "13:30-18:00"]
        friday = ["09:00-12:00", "13:30-18:00"]
        "#,
    )
}

#[test]
fn a_lunch_break_is_not_counted() {
    let calendar = shanghai();
    let from = local(SHANGHAI, "2026-11-23 11:30");
    assert_eq!(calendar.add(from, hours(1)).unwrap(), local(SHANGHAI, "2026-11-23 14:00"));
    let to = local(SHANGHAI, "2026-11-23 14:00");
    assert_eq!(calendar.between(from, to).unwrap(), hours(1));
    assert!(!calendar.is_open(local(SHANGHAI, "2026-11-23 12:00")).unwrap());
    assert!(calendar.is_open(local(SHANGHAI, "2026-11-23 13:30")).unwrap());
}

#[test]
fn work_that_just_fills_an_interval_ends_with_it() {
    let calendar = shanghai();
    let from = local(SHANGHAI, "2026-11-23 09:00");
    assert_eq!(calendar.add(from, hours(3)).unwrap(), local(SHANGHAI, "2026-11-23 12:00"));
    let more = hours(3) + Duration::from_millis(1);
    let after = calendar.add(from, more).unwrap();
    assert_eq!(after, local(SHANGHAI, "2026-11-23 13:30").plus(Duration::from_millis(1)));
}

#[test]
fn nights_weekends_and_holidays_are_not_counted() {
    let calendar = shanghai();
    // Wednesday 17:00; Thursday and Friday are holidays, then the weekend.
    let from = local(SHANGHAI, "2026-09-30 17:00");
    assert_eq!(calendar.add(from, hours(2)).unwrap(), local(SHANGHAI, "2026-10-05 10:00"));
    let holiday = Closed::Holiday("National Day".into());
    assert_eq!(calendar.closed("2026-10-01".parse().unwrap()), holiday);
    assert_eq!(calendar.closed("2026-10-03".parse().unwrap()), Closed::DayOff);
    assert_eq!(calendar.closed("2026-10-05".parse().unwrap()), Closed::OutsideHours);
}

#[test]
fn a_half_day_and_an_extra_day_have_their_own_hours() {
    let calendar = shanghai();
    let from = local(SHANGHAI, "2026-12-31 10:00");
    // Two hours of the half day; 1 January 2027 is an ordinary Friday in this calendar.
    assert_eq!(calendar.add(from, hours(3)).unwrap(), local(SHANGHAI, "2027-01-01 10:00"));
    let friday = local(SHANGHAI, "2026-10-09 17:00");
    assert_eq!(calendar.add(friday, hours(2)).unwrap(), local(SHANGHAI, "2026-10-10 10:00"));
}

#[test]
fn the_skipped_hour_is_not_counted_and_the_repeated_one_is_counted_twice() {
    let night =
        calendar("code = 'night'\ntime_zone = 'Europe/Madrid'\n[week]\nsunday = ['00:00-06:00']\n");
    let madrid = |text| local("Europe/Madrid", text);
    // 29 March: 02:00 becomes 03:00.
    let (from, to) = (madrid("2026-03-29 00:00"), madrid("2026-03-29 06:00"));
    assert_eq!(night.between(from, to).unwrap(), hours(5));
    assert_eq!(night.add(from, hours(2)).unwrap(), madrid("2026-03-29 03:00"));
    // 25 October: 03:00 becomes 02:00.
    let (from, to) = (madrid("2026-10-25 00:00"), madrid("2026-10-25 06:00"));
    assert_eq!(night.between(from, to).unwrap(), hours(7));
    assert_eq!(night.add(from, hours(7)).unwrap(), to);
}

#[test]
fn an_interval_within_the_repeated_hour_counts_twice() {
    let calendar = calendar(
        "code = 'fold'\ntime_zone = 'America/New_York'\n[week]\nsunday = ['01:15-01:45']\n",
    );
    let from = local("America/New_York", "2026-11-01 00:00");
    assert_eq!(calendar.between(from, from.plus(hours(6))).unwrap(), hours(1));
    assert_eq!(calendar.spans(from, from.plus(hours(6))).unwrap().len(), 2);
}

#[test]
fn lord_howe_shifts_by_half_an_hour() {
    let calendar = calendar(
        "code = 'island'\ntime_zone = 'Australia/Lord_Howe'\n[week]\nsunday = ['00:00-24:00']\n",
    );
    let from = local("Australia/Lord_Howe", "2026-10-04 00:00");
    let spring = calendar.between(from, from.plus(hours(48))).unwrap();
    assert_eq!(spring, hours(23) + minutes(30));
    let from = local("Australia/Lord_Howe", "2026-04-05 00:00");
    assert_eq!(calendar.between(from, from.plus(hours(48))).unwrap(), hours(24) + minutes(30));
}

#[test]
fn office_hours_hold_in_wall_clock_time_across_a_change() {
    let calendar = office("America/New_York");
    let new_york = |text| local("America/New_York", text);
    // Friday 17:00 to Monday 10:00 over the change of 8 March.
    let (from, to) = (new_york("2026-03-06 17:00"), new_york("2026-03-09 10:00"));
    assert_eq!(calendar.between(from, to).unwrap(), hours(2));
    assert_eq!(calendar.add(from, hours(2)).unwrap(), to);
}

#[test]
fn a_year_of_office_hours_is_found_by_halving() {
    let calendar = office("Europe/Madrid");
    let from = local("Europe/Madrid", "2026-01-01 00:00");
    let to = local("Europe/Madrid", "2036-01-01 00:00");
    let worked = calendar.between(from, to).unwrap();
    assert_eq!(worked, hours(9 * 2608), "2,608 weekdays in those ten years");
    assert_eq!(calendar.add(from, worked).unwrap(), local("Europe/Madrid", "2035-12-31 18:00"));
}

#[test]
fn a_calendar_without_working_time_says_so() {
    let empty = calendar("code = 'closed'\ntime_zone = 'Asia/Shanghai'\n");
    let from = local(SHANGHAI, "2026-11-23 09:00");
    let error = empty.add(from, minutes(1)).unwrap_err();
    assert_eq!(error, CalendarError::NoWorkingTime { calendar: "closed".into(), from });
    assert_eq!(error.reason(), "NO_WORKING_TIME");
    assert_eq!(empty.add(from, Duration::ZERO).unwrap(), from);
    assert_eq!(empty.between(from, from.plus(hours(100_000))).unwrap(), Duration::ZERO);
}

#[test]
fn what_is_wrong_with_a_calendar_is_named() {
    let wrong = |toml: &str| {
        let spec: CalendarSpec = toml::from_str(toml).unwrap();
        Calendar::new(spec).unwrap_err().to_string()
    };
    let zone = "code = 'x'\ntime_zone = 'Asia/Shanghai'\n";
    assert_eq!(
        wrong("code = 'x'\ntime_zone = 'Nowhere'"),
        "`Nowhere` is not a time zone of the IANA database, such as Asia/Shanghai"
    );
    assert_eq!(
        wrong(&format!("{zone}[week]\nmonday = ['09:00-12:00', '11:00-18:00']")),
        "week.monday has intervals that overlap or are not in order"
    );
    assert_eq!(
        wrong(&format!("{zone}[week]\nfriday = ['22:00-06:00']")),
        "week.friday has an interval that does not end after it begins (split it at 24:00)"
    );
    let day = "{ date = '2026-10-01', name = 'National Day' }";
    assert_eq!(
        wrong(&format!("{zone}special_days = [{day}, {day}]")),
        "2026-10-01 is a special day twice"
    );
    let text: Result<CalendarSpec, _> =
        toml::from_str(&format!("{zone}[week]\nmonday = ['9:00-12:00']"));
    assert!(text.unwrap_err().to_string().contains("`9:00` is not a time of day"));
}
