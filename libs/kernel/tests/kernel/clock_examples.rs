//! Clocks by example: phone, chat, resolution in working time, the legal week, pauses, new targets.

use std::time::Duration;

use kefu_kernel::calendar::CalendarSpec;
use kefu_kernel::clock::{
    Allowance, Clock, ClockError, ClockState, DayEnd, Happening, Rung, Target,
};
use kefu_kernel::{Calendar, Fault, FaultKind, Timestamp};

use crate::support::{hours, local, minutes, office, target};

const MADRID: &str = "Europe/Madrid";

fn madrid(text: &str) -> Timestamp {
    local(MADRID, text)
}

fn always() -> Calendar {
    Calendar::new(CalendarSpec::always("always", MADRID)).unwrap()
}

fn paused(reason: &str) -> Happening {
    Happening::Paused { reason: reason.into() }
}

fn retarget(target: Target) -> Happening {
    Happening::Retargeted { target, reason: "priority".into() }
}

#[test]
fn a_call_answered_within_three_minutes_is_met() {
    let calendar = always();
    let ring = madrid("2026-11-22 03:00");
    let mut clock = Clock::start(ring, target(&calendar, Allowance::Elapsed(minutes(3))));
    assert_eq!(clock.schedule(&calendar).unwrap().due_at, Some(ring.plus(minutes(3))));
    clock.apply(ring.plus(minutes(2)), Happening::Stopped);
    let reading = clock.read(&calendar, ring.plus(hours(5))).unwrap();
    assert_eq!(reading.state, ClockState::Met);
    assert_eq!((reading.used, reading.remaining), (minutes(2), minutes(1)));
    assert_eq!(clock.schedule(&calendar).unwrap().next, None);
}

#[test]
fn a_call_answered_too_late_is_met_late() {
    let calendar = always();
    let ring = madrid("2026-11-22 03:00");
    let mut clock = Clock::start(ring, target(&calendar, Allowance::Elapsed(minutes(3))));
    let at_due = ring.plus(minutes(3));
    assert_eq!(clock.read(&calendar, at_due).unwrap().state, ClockState::Breached);
    clock.apply(ring.plus(minutes(4)), Happening::Stopped);
    let reading = clock.read(&calendar, ring.plus(hours(5))).unwrap();
    assert_eq!(reading.state, ClockState::MetLate);
    assert_eq!(reading.overdue, minutes(1));
}

#[test]
fn done_at_the_very_instant_is_in_time_unless_the_breach_was_told() {
    let calendar = always();
    let start = madrid("2026-11-22 03:00");
    let due = start.plus(minutes(5));
    let fresh = Clock::start(start, target(&calendar, Allowance::Elapsed(minutes(5))));
    let mut in_time = fresh.clone();
    in_time.apply(due, Happening::Stopped);
    assert_eq!(in_time.read(&calendar, due).unwrap().state, ClockState::Met);
    let mut told = fresh;
    assert_eq!(told.tell(&calendar, due).unwrap(), [Rung { percent: 100, at: due }]);
    told.apply(due, Happening::Stopped);
    assert_eq!(told.read(&calendar, due).unwrap().state, ClockState::MetLate);
}

#[test]
fn a_pause_neither_resets_nor_shifts_the_start() {
    let calendar = office(MADRID);
    let start = madrid("2026-11-23 10:00"); // Monday
    let mut clock = Clock::start(start, target(&calendar, Allowance::Working(hours(8))));
    assert_eq!(clock.schedule(&calendar).unwrap().due_at, Some(madrid("2026-11-23 18:00")));
    clock.apply(madrid("2026-11-23 12:00"), paused("pending"));
    assert_eq!(clock.schedule(&calendar).unwrap().due_at, None);
    let standing = clock.read(&calendar, madrid("2026-11-24 20:00")).unwrap();
    assert_eq!(standing.state, ClockState::Paused);
    assert_eq!((standing.used, standing.remaining), (hours(2), hours(6)));
    // Resumed in the night: the six hours left begin with the working day.
    clock.apply(madrid("2026-11-25 03:00"), Happening::Resumed);
    assert_eq!(clock.schedule(&calendar).unwrap().due_at, Some(madrid("2026-11-25 15:00")));
    assert_eq!(clock.started_at(), start);
}

#[test]
fn a_pause_in_the_night_after_the_last_hour_is_too_late() {
    let calendar = office(MADRID);
    let start = madrid("2026-11-23 10:00");
    let mut clock = Clock::start(start, target(&calendar, Allowance::Working(hours(8))));
    let evening = madrid("2026-11-23 18:00");
    clock.apply(madrid("2026-11-23 20:00"), paused("pending"));
    assert_eq!(clock.schedule(&calendar).unwrap().due_at, Some(evening));
    let reading = clock.read(&calendar, madrid("2026-11-23 21:00")).unwrap();
    assert_eq!(reading.state, ClockState::Breached);
}

#[test]
fn the_legal_week_is_seven_calendar_days_to_the_minute() {
    let calendar = office(MADRID);
    let start = madrid("2026-10-21 16:45"); // the change of 25 October lies between
    let days = Allowance::Days { count: 7, until: DayEnd::SameTime };
    let clock = Clock::start(start, target(&calendar, days));
    let due = clock.schedule(&calendar).unwrap().due_at.unwrap();
    assert_eq!(due, madrid("2026-10-28 16:45"));
    assert_eq!(due.since(start), hours(7 * 24 + 1));
    let days = Allowance::Days { count: 7, until: DayEnd::EndOfDay };
    let clock = Clock::start(start, target(&calendar, days));
    assert_eq!(clock.schedule(&calendar).unwrap().due_at, Some(madrid("2026-10-29 00:00")));
}

#[test]
fn a_new_target_counts_from_the_start() {
    let calendar = office(MADRID);
    let mut clock =
        Clock::start(madrid("2026-11-23 09:00"), target(&calendar, Allowance::Working(hours(16))));
    clock.apply(madrid("2026-11-23 10:00"), paused("pending"));
    clock.apply(madrid("2026-11-23 11:00"), Happening::Resumed);
    let urgent = target(&calendar, Allowance::Working(hours(4)));
    assert!(clock.apply(madrid("2026-11-23 12:00"), retarget(urgent.clone())));
    // One hour before the pause, three after it.
    assert_eq!(clock.schedule(&calendar).unwrap().due_at, Some(madrid("2026-11-23 14:00")));
    assert!(!clock.apply(madrid("2026-11-23 12:30"), retarget(urgent)), "nothing changed");
}

#[test]
fn a_target_already_missed_when_it_is_set_breaches_at_once_and_once() {
    let calendar = always();
    let start = madrid("2026-11-23 09:00");
    let mut clock = Clock::start(start, target(&calendar, Allowance::Elapsed(hours(8))));
    let urgent = target(&calendar, Allowance::Elapsed(hours(1)));
    let now = start.plus(hours(3));
    clock.apply(now, retarget(urgent));
    let told = clock.tell(&calendar, now).unwrap();
    assert_eq!(told, [Rung { percent: 100, at: start.plus(hours(1)) }]);
    assert_eq!(clock.tell(&calendar, now).unwrap(), []);
    let lower = target(&calendar, Allowance::Elapsed(hours(2)));
    clock.apply(now, retarget(lower));
    assert_eq!(clock.tell(&calendar, now).unwrap(), [], "that breach is known");
    let relaxed = target(&calendar, Allowance::Elapsed(hours(10)));
    clock.apply(now, retarget(relaxed));
    assert_eq!(clock.read(&calendar, now).unwrap().state, ClockState::Running);
    let next = clock.schedule(&calendar).unwrap().next.unwrap();
    assert_eq!(next, Rung { percent: 80, at: start.plus(hours(8)) });
}

#[test]
fn an_imported_due_time_holds_as_it_was_given() {
    let calendar = office(MADRID);
    let mut clock =
        Clock::start(madrid("2026-11-20 17:00"), target(&calendar, Allowance::Working(hours(8))));
    let saturday = madrid("2026-11-21 23:30");
    clock.apply(madrid("2026-11-20 17:00"), Happening::DueImported { due: saturday });
    assert!(clock.is_imported());
    assert_eq!(clock.schedule(&calendar).unwrap().due_at, Some(saturday));
    let wrong = madrid("2026-11-19 09:00");
    clock.apply(madrid("2026-11-20 17:01"), Happening::DueImported { due: wrong });
    assert_eq!(clock.schedule(&calendar).unwrap().due_at, Some(wrong), "even before the start");
    let reading = clock.read(&calendar, madrid("2026-11-20 18:00")).unwrap();
    assert_eq!(reading.state, ClockState::Breached);
}

#[test]
fn the_ladder_tells_warning_breach_and_reminder_each_once() {
    let calendar = always();
    let start = madrid("2026-11-23 09:00");
    let mut aim = target(&calendar, Allowance::Elapsed(hours(10)));
    aim.ladder = vec![50, 80, 150];
    let mut clock = Clock::start(start, aim);
    let told = |clock: &mut Clock, hour| {
        let rungs = clock.tell(&calendar, start.plus(hours(hour))).unwrap();
        rungs.iter().map(|rung| rung.percent).collect::<Vec<_>>()
    };
    assert!(told(&mut clock, 4).is_empty());
    assert_eq!(told(&mut clock, 5), [50]);
    assert!(told(&mut clock, 5).is_empty());
    assert_eq!(told(&mut clock, 11), [100], "the warning at 80 came too late to be one");
    assert_eq!(told(&mut clock, 16), [150]);
    assert_eq!(clock.schedule(&calendar).unwrap().next, None);
}

#[test]
fn nothing_happens_to_a_clock_that_is_over_and_nothing_twice() {
    let calendar = always();
    let start = madrid("2026-11-23 09:00");
    let mut clock = Clock::start(start, target(&calendar, Allowance::Elapsed(hours(1))));
    assert!(!clock.apply(start, Happening::Resumed));
    assert!(clock.apply(start, paused("pending")));
    assert!(!clock.apply(start, paused("on_hold")));
    assert!(clock.apply(start.plus(hours(9)), Happening::Cancelled { reason: "merged".into() }));
    assert!(!clock.apply(start.plus(hours(10)), Happening::Stopped));
    assert_eq!(clock.read(&calendar, start.plus(hours(20))).unwrap().state, ClockState::Cancelled);
    assert_eq!(clock.log().len(), 3);
}

#[test]
fn a_clock_done_while_it_stands_still_is_met() {
    let calendar = always();
    let start = madrid("2026-11-23 09:00");
    let mut clock = Clock::start(start, target(&calendar, Allowance::Elapsed(hours(1))));
    clock.apply(start.plus(minutes(59)), paused("pending"));
    clock.apply(start.plus(hours(99)), Happening::Stopped);
    let reading = clock.read(&calendar, start.plus(hours(100))).unwrap();
    assert_eq!((reading.state, reading.used), (ClockState::Met, minutes(59)));
}

#[test]
fn a_clock_is_only_read_with_its_own_calendar() {
    let (calendar, other) = (always(), office(MADRID));
    let clock = Clock::start(Timestamp::EPOCH, target(&calendar, Allowance::Elapsed(hours(1))));
    let error = clock.read(&other, Timestamp::EPOCH).unwrap_err();
    assert!(matches!(error, ClockError::OtherCalendar { .. }));
    assert_eq!(error.to_string(), "the clock counts by calendar always r1, not by office r1");
    assert_eq!(error.kind(), FaultKind::Bug);
}

#[test]
fn an_impossible_target_is_named() {
    let calendar = always();
    let nothing = target(&calendar, Allowance::Elapsed(Duration::ZERO));
    assert!(nothing.check().unwrap_err().to_string().contains("longer than nothing"));
    let mut twice = target(&calendar, Allowance::Working(hours(1)));
    twice.ladder = vec![80, 80];
    assert!(twice.check().unwrap_err().to_string().contains("ascending"));
    twice.ladder = vec![80, 100];
    assert!(twice.check().is_err());
}
