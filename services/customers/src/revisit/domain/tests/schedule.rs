//! Which days count.

use kefu_kernel::calendar::Closed;
use proptest::prelude::*;

use super::support::{Desk, at};
use crate::revisit::domain::Schedule;

#[test]
fn the_day_itself_is_day_one_and_days_off_do_not_count() {
    let desk = Desk::new();
    let times =
        |from: &str, opens, due| Schedule::of(at(from), opens, due, &desk.calendar).unwrap();
    let same_day = times("2026-11-23 10:00", 0, 1);
    assert_eq!(
        (same_day.opens_at, same_day.due_at),
        (at("2026-11-23 10:00"), at("2026-11-24 00:00"))
    );
    let third = times("2026-11-23 10:00", 1, 3);
    assert_eq!((third.opens_at, third.due_at), (at("2026-11-25 00:00"), at("2026-11-27 00:00")));
    let holiday = ("2026-11-24".parse().unwrap(), Closed::Holiday("Founding Day".into()));
    assert_eq!(third.skipped, [holiday]);
    let saturday = times("2026-11-28 22:00", 0, 2);
    assert_eq!(
        (saturday.opens_at, saturday.due_at),
        (at("2026-11-28 22:00"), at("2026-12-01 00:00"))
    );
}

proptest! {
    #[test]
    fn exactly_the_days_asked_for_count(minutes in 0i64..600_000, opens in 0u16..10, more in 1u16..20) {
        let desk = Desk::new();
        let from = desk.now.plus(std::time::Duration::from_secs(minutes.unsigned_abs() * 60));
        let due_day = opens + more;
        let times = Schedule::of(from, opens, due_day, &desk.calendar).unwrap();
        prop_assert!(from <= times.opens_at && times.opens_at < times.due_at);
        let zone = desk.calendar.zone();
        let first = zone.day_of(from);
        let days = i64::from(zone.day_of(times.due_at).number() - first.number());
        prop_assert_eq!(days, i64::from(due_day) + i64::try_from(times.skipped.len()).unwrap());
        let works = |day| matches!(desk.calendar.closed(day), Closed::OutsideHours);
        let last = zone.day_of(times.due_at).plus(-1);
        prop_assert!(last == first || works(last));
    }
}
