//! Properties of every calendar: `add` and `between` are inverse, and both agree with a model that
//! looks at the wall clock every minute.

use std::time::Duration;

use kefu_kernel::calendar::Calendar;
use kefu_kernel::zone::Day;
use kefu_kernel::{Timestamp, Zone};
use proptest::prelude::*;

use crate::support::{any_calendar, any_moment};

/// Whether `at` is working time, from the data alone.
fn model_is_open(calendar: &Calendar, at: Timestamp) -> bool {
    let spec = calendar.spec();
    let zone = Zone::named(&spec.time_zone).unwrap();
    let day: Day = zone.day_of(at);
    let time = zone.time_of_day_ms(at);
    let hours = match spec.special_days.iter().find(|one| one.date == day) {
        Some(one) => one.intervals.clone(),
        None => spec.week.get(&day.weekday()).cloned().unwrap_or_default(),
    };
    hours.iter().any(|interval| {
        (i64::from(interval.from.seconds()) * 1000..i64::from(interval.to.seconds()) * 1000)
            .contains(&time)
    })
}

/// The beginning of the minute in which `at` lies.
fn whole_minute(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(60_000) * 60_000)
}

proptest! {
    #[test]
    fn between_counts_the_minutes_that_the_wall_clock_shows_open(
        calendar in any_calendar(), from in any_moment(), minutes in 0..4_000i64,
    ) {
        let from = whole_minute(from);
        let to = Timestamp::from_millis(from.as_millis() + minutes * 60_000);
        let open = (0..minutes)
            .filter(|minute| {
                let at = Timestamp::from_millis(from.as_millis() + minute * 60_000);
                model_is_open(&calendar, at)
            })
            .count();
        let expected = Duration::from_secs(60 * u64::try_from(open).unwrap());
        prop_assert_eq!(calendar.between(from, to).unwrap(), expected);
        prop_assert_eq!(calendar.is_open(from).unwrap(), model_is_open(&calendar, from));
        let spans = calendar.spans(from, to).unwrap();
        let sum: Duration = spans.iter().map(|span| span.to.since(span.from)).sum();
        prop_assert_eq!(sum, expected);
        prop_assert!(spans.windows(2).all(|pair| pair[0].to < pair[1].from));
    }

    #[test]
    fn between_undoes_add(
        calendar in any_calendar(), from in any_moment(), work_ms in 0..2_000_000_000u64,
    ) {
        let work = Duration::from_millis(work_ms);
        if let Ok(to) = calendar.add(from, work) {
            prop_assert_eq!(calendar.between(from, to).unwrap(), work);
            // It is the earliest such moment.
            if to > from {
                let before = to.minus(Duration::from_millis(1));
                prop_assert!(calendar.between(from, before).unwrap() < work);
            }
        } else {
            let year = from.plus(Duration::from_secs(11 * 366 * 86_400));
            prop_assert!(calendar.between(from, year).unwrap() < work);
        }
    }

    #[test]
    fn add_undoes_between_wherever_time_is_counted(
        calendar in any_calendar(), from in any_moment(), ahead_ms in 0..5_000_000_000i64,
    ) {
        let to = Timestamp::from_millis(from.as_millis() + ahead_ms);
        let work = calendar.between(from, to).unwrap();
        let back = calendar.add(from, work).unwrap();
        prop_assert!(back <= to);
        prop_assert_eq!(calendar.between(back, to).unwrap(), Duration::ZERO);
        if calendar.is_open(to).unwrap() && !work.is_zero() {
            let last = calendar.spans(from, to).unwrap().last().copied().unwrap();
            prop_assert_eq!(back, last.to);
        }
    }

    #[test]
    fn time_adds_up_and_never_runs_back(
        calendar in any_calendar(), moments in prop::collection::vec(any_moment(), 3),
    ) {
        let mut moments = moments;
        moments.sort();
        let between = |a: usize, b: usize| calendar.between(moments[a], moments[b]).unwrap();
        prop_assert_eq!(between(0, 1) + between(1, 2), between(0, 2));
        prop_assert!(between(0, 2) <= moments[2].since(moments[0]));
        prop_assert_eq!(calendar.between(moments[2], moments[0]).unwrap(), Duration::ZERO);
    }

    #[test]
    fn more_work_and_a_later_start_are_never_done_earlier(
        calendar in any_calendar(),
        (first, second) in (any_moment(), any_moment()),
        (less, more) in (0..400_000_000u64, 0..400_000_000u64),
    ) {
        let (first, second) = (first.min(second), first.max(second));
        let (less, more) =
            (Duration::from_millis(less.min(more)), Duration::from_millis(less.max(more)));
        if let (Ok(early), Ok(late)) = (calendar.add(first, more), calendar.add(second, more)) {
            prop_assert!(early <= late);
            prop_assert!(calendar.add(first, less).unwrap() <= early);
        }
    }
}
