//! Explanations by example: what a person would read.

use kefu_kernel::calendar::Closed;
use kefu_kernel::clock::{Allowance, Clock, ClockState, Happening, Step, duration_text};
use kefu_kernel::{Calendar, Timestamp};

use crate::support::{calendar, hours, local, minutes, office, target};

fn shanghai(text: &str) -> Timestamp {
    local("Asia/Shanghai", text)
}

fn with_lunch() -> Calendar {
    calendar(
        r#"
        code = "desk"
        time_zone = "Asia/Shanghai"
        special_days = [{ date = "2026-10-01", name = "National Day" }]
        [week]
        wednesday = ["09:00-12:00", "13:30-18:00"]
        friday = ["09:00-12:00", "13:30-18:00"]
        "#,
    )
}

#[test]
fn a_deadline_explains_nights_lunch_holiday_and_days_off() {
    let calendar = with_lunch();
    let clock =
        Clock::start(shanghai("2026-09-30 11:00"), target(&calendar, Allowance::Working(hours(8))));
    let explanation = clock.explain(&calendar, shanghai("2026-09-30 16:00")).unwrap();
    assert_eq!(
        explanation.sentences(calendar.zone()),
        [
            "Started 2026-09-30 11:00: test.clock v1 allows 8 h of working time (calendar desk r1).",
            "Counted 1 h from 2026-09-30 11:00 to 2026-09-30 12:00.",
            "Not counted from 2026-09-30 12:00 to 2026-09-30 13:30: outside working hours.",
            "Counted 2 h 30 min from 2026-09-30 13:30 to 2026-09-30 16:00.",
            "Now, 2026-09-30 16:00: 3 h 30 min used, 4 h 30 min left.",
            "Counted 2 h from 2026-09-30 16:00 to 2026-09-30 18:00.",
            "Not counted from 2026-09-30 18:00 to 2026-10-01 00:00: outside working hours.",
            "Not counted from 2026-10-01 00:00 to 2026-10-02 00:00: holiday, National Day.",
            "Not counted from 2026-10-02 00:00 to 2026-10-02 09:00: outside working hours.",
            "Counted 2 h 30 min from 2026-10-02 09:00 to 2026-10-02 11:30.",
            "Due 2026-10-02 11:30.",
        ]
    );
    assert_eq!(explanation.due_at, Some(shanghai("2026-10-02 11:30")));
    assert_eq!(explanation.counted(), hours(8));
}

#[test]
fn a_pause_and_what_is_left_are_told() {
    let calendar = office("Asia/Shanghai");
    let mut clock =
        Clock::start(shanghai("2026-11-23 10:00"), target(&calendar, Allowance::Working(hours(4))));
    clock.apply(shanghai("2026-11-23 11:00"), Happening::Paused { reason: "pending".into() });
    let explanation = clock.explain(&calendar, shanghai("2026-11-24 08:00")).unwrap();
    assert_eq!(explanation.state, ClockState::Paused);
    assert_eq!(
        explanation.sentences(calendar.zone())[1..],
        [
            "Counted 1 h from 2026-11-23 10:00 to 2026-11-23 11:00.",
            "Paused 2026-11-23 11:00: pending.",
            "Now, 2026-11-24 08:00: 1 h used, 3 h left.",
        ]
    );
    clock.apply(shanghai("2026-11-24 09:30"), Happening::Resumed);
    clock.apply(shanghai("2026-11-24 13:00"), Happening::Stopped);
    let explanation = clock.explain(&calendar, shanghai("2026-11-30 08:00")).unwrap();
    assert_eq!(
        explanation.sentences(calendar.zone())[2..],
        [
            "Paused 2026-11-23 11:00: pending.",
            "Resumed 2026-11-24 09:30.",
            "Counted 3 h from 2026-11-24 09:30 to 2026-11-24 12:30.",
            "Due 2026-11-24 12:30.",
            "Met 2026-11-24 13:00, late by 30 min.",
        ]
    );
}

#[test]
fn an_imported_due_time_says_so_and_a_breach_says_by_how_much() {
    let calendar = office("Asia/Shanghai");
    let start = shanghai("2026-11-20 17:00");
    let mut clock = Clock::start(start, target(&calendar, Allowance::Working(hours(4))));
    let due = shanghai("2026-11-21 20:00");
    clock.apply(start, Happening::DueImported { due });
    clock.tell(&calendar, due).unwrap();
    let explanation = clock.explain(&calendar, shanghai("2026-11-21 21:30")).unwrap();
    assert_eq!(
        explanation.sentences(calendar.zone())[1..],
        [
            "Imported 2026-11-20 17:00: due 2026-11-21 20:00, as the other system set it.",
            "Counted 1 d 3 h from 2026-11-20 17:00 to 2026-11-21 20:00.",
            "Due 2026-11-21 20:00.",
            "Told 2026-11-21 20:00: 80 % of the time is used.",
            "Breach told 2026-11-21 20:00.",
            "Now, 2026-11-21 21:30: overdue by 1 h 30 min.",
        ]
    );
}

#[test]
fn a_new_target_and_a_cancellation_are_told_with_their_reasons() {
    let calendar = office("Asia/Shanghai");
    let start = shanghai("2026-11-23 10:00");
    let mut clock = Clock::start(start, target(&calendar, Allowance::Working(hours(4))));
    let urgent = target(&calendar, Allowance::Working(hours(2)));
    let reason = "priority".to_owned();
    clock.apply(start.plus(minutes(30)), Happening::Retargeted { target: urgent, reason });
    let reason = "merged".to_owned();
    clock.apply(start.plus(minutes(45)), Happening::Cancelled { reason });
    let explanation = clock.explain(&calendar, start.plus(hours(9))).unwrap();
    assert!(matches!(
        &explanation.steps[..],
        [
            Step::Started { .. },
            Step::Counted { .. },
            Step::Retargeted { reason: why, .. },
            Step::Cancelled { reason: end, .. },
        ] if why == "priority" && end == "merged"
    ));
}

#[test]
fn a_long_explanation_is_summed_up_and_still_adds_up() {
    let calendar = office("Asia/Shanghai");
    let start = shanghai("2026-01-05 09:00");
    let clock = Clock::start(start, target(&calendar, Allowance::Working(hours(900))));
    let explanation = clock.explain(&calendar, start).unwrap();
    assert_eq!(explanation.counted(), hours(900));
    assert!(explanation.steps.len() < 50);
    assert!(explanation.steps.iter().any(|step| matches!(step, Step::Condensed { .. })));
    let night = explanation.steps.iter().find(|step| matches!(step, Step::Skipped { .. }));
    assert!(matches!(night, Some(Step::Skipped { why: Closed::OutsideHours, .. })));
}

#[test]
fn durations_read_like_a_person_says_them() {
    assert_eq!(duration_text(minutes(180)), "3 h");
    assert_eq!(duration_text(hours(25) + minutes(1)), "1 d 1 h 1 min");
    assert_eq!(duration_text(std::time::Duration::from_millis(400)), "0 s");
}
