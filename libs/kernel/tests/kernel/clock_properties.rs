//! Properties of every clock: pauses neither reset nor shift, events fold the same at once and one by
//! one, explanations add up, each rung is told once.

use std::time::Duration;

use kefu_kernel::clock::{Allowance, Clock, ClockEvent, ClockState, DayEnd, Happening, Step};
use kefu_kernel::{Calendar, Timestamp};
use proptest::prelude::*;

use crate::support::{any_calendar, any_moment, target};

/// What may happen next, and how long after the last: enough to make any course of events.
#[derive(Clone, Debug)]
enum Move {
    Pause,
    Resume,
    Stop,
    Cancel,
    Retarget(Allowance),
    Import(i64),
    Tell,
}

fn any_allowance() -> impl Strategy<Value = Allowance> {
    prop_oneof![
        (1..200_000_000u64).prop_map(|ms| Allowance::Working(Duration::from_millis(ms))),
        (1..900_000_000u64).prop_map(|ms| Allowance::Elapsed(Duration::from_millis(ms))),
        (1..12u16).prop_map(|count| Allowance::Days { count, until: DayEnd::SameTime }),
        (1..12u16).prop_map(|count| Allowance::Days { count, until: DayEnd::EndOfDay }),
    ]
}

fn any_moves() -> impl Strategy<Value = Vec<(i64, Move)>> {
    let one = prop_oneof![
        5 => Just(Move::Pause),
        5 => Just(Move::Resume),
        1 => Just(Move::Stop),
        1 => Just(Move::Cancel),
        2 => any_allowance().prop_map(Move::Retarget),
        1 => (-90_000_000..900_000_000i64).prop_map(Move::Import),
        4 => Just(Move::Tell),
    ];
    // Now and then a clock of another machine is behind, or two things happen at once.
    let after = prop_oneof![8 => 0..200_000_000i64, 1 => -90_000_000..0i64, 1 => Just(0)];
    prop::collection::vec((after, one), 0..24)
}

fn later(at: Timestamp, ms: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis() + ms)
}

/// Lets the moves happen; none where the calendar has too little working time for them.
fn play(
    calendar: &Calendar,
    start: Timestamp,
    allowance: Allowance,
    moves: &[(i64, Move)],
) -> Option<(Clock, Timestamp)> {
    let mut clock = Clock::start(start, target(calendar, allowance));
    let mut now = start;
    for (after, one) in moves {
        now = later(now, *after);
        let what = match one {
            Move::Pause => Happening::Paused { reason: "pending".into() },
            Move::Resume => Happening::Resumed,
            Move::Stop => Happening::Stopped,
            Move::Cancel => Happening::Cancelled { reason: "merged".into() },
            Move::Retarget(allowance) => Happening::Retargeted {
                target: target(calendar, *allowance),
                reason: "priority".into(),
            },
            Move::Import(by) => Happening::DueImported { due: later(start, *by) },
            Move::Tell => {
                clock.tell(calendar, now).ok()?;
                continue;
            }
        };
        clock.apply(now, what);
    }
    clock.schedule(calendar).ok()?;
    Some((clock, now))
}

proptest! {
    #[test]
    fn events_fold_the_same_at_once_and_one_by_one(
        calendar in any_calendar(), start in any_moment(), allowance in any_allowance(),
        moves in any_moves(),
    ) {
        let Some((clock, now)) = play(&calendar, start, allowance, &moves) else { return Ok(()) };
        prop_assert_eq!(&Clock::replay(clock.log().to_vec()).unwrap(), &clock);
        let text = serde_json::to_string(clock.log()).unwrap();
        let stored: Vec<ClockEvent> = serde_json::from_str(&text).unwrap();
        let replayed = Clock::replay(stored).unwrap();
        prop_assert_eq!(replayed.read(&calendar, now), clock.read(&calendar, now));
        prop_assert!(clock.log().windows(2).all(|pair| pair[0].at <= pair[1].at));
        prop_assert_eq!(clock.started_at(), start);
    }

    #[test]
    fn used_and_remaining_make_the_allowance(
        calendar in any_calendar(), start in any_moment(), moves in any_moves(),
        budget_ms in 1..200_000_000u64, working in any::<bool>(),
    ) {
        let budget = Duration::from_millis(budget_ms);
        let allowance =
            if working { Allowance::Working(budget) } else { Allowance::Elapsed(budget) };
        let moves: Vec<_> = moves
            .into_iter()
            .filter(|(_, one)| !matches!(one, Move::Retarget(_) | Move::Import(_)))
            .collect();
        let Some((clock, now)) = play(&calendar, start, allowance, &moves) else { return Ok(()) };
        let Ok(reading) = clock.read(&calendar, now) else { return Ok(()) };
        prop_assert_eq!(reading.used + reading.remaining, budget + reading.overdue);
        prop_assert!(reading.remaining.is_zero() || reading.overdue.is_zero());
        match reading.state {
            ClockState::Running | ClockState::Paused => prop_assert!(!reading.remaining.is_zero()),
            ClockState::Breached | ClockState::MetLate => {
                prop_assert!(reading.remaining.is_zero());
            }
            ClockState::Met => prop_assert!(reading.overdue.is_zero()),
            ClockState::Cancelled => {}
        }
    }

    #[test]
    fn a_pause_shifts_nothing_but_what_is_left(
        calendar in any_calendar(), start in any_moment(), budget_ms in 1..300_000_000u64,
        (until_pause, pause) in (0..400_000_000i64, 0..400_000_000i64),
    ) {
        let aim = target(&calendar, Allowance::Working(Duration::from_millis(budget_ms)));
        let mut clock = Clock::start(start, aim);
        let Ok(schedule) = clock.schedule(&calendar) else { return Ok(()) };
        let (pause_at, resume_at) = (later(start, until_pause), later(start, until_pause + pause));
        clock.apply(pause_at, Happening::Paused { reason: "pending".into() });
        let standing = clock.read(&calendar, resume_at).unwrap();
        let worked = calendar.between(start, pause_at).unwrap();
        prop_assert_eq!(standing.used, worked);
        prop_assert_eq!(&clock.read(&calendar, pause_at).unwrap(), &standing, "it stands still");
        clock.apply(resume_at, Happening::Resumed);
        let Ok(resumed) = clock.schedule(&calendar) else { return Ok(()) };
        if schedule.due_at.unwrap() <= pause_at {
            prop_assert_eq!(resumed.due_at, schedule.due_at);
        } else {
            let left = Duration::from_millis(budget_ms) - worked;
            prop_assert_eq!(resumed.due_at.unwrap(), calendar.add(resume_at, left).unwrap());
            // Only the working time of the pause is gained.
            let gained = calendar.between(schedule.due_at.unwrap(), resumed.due_at.unwrap()).unwrap();
            prop_assert_eq!(gained, calendar.between(pause_at, resume_at).unwrap());
        }
    }

    #[test]
    fn pausing_while_nobody_works_changes_nothing(
        calendar in any_calendar(), start in any_moment(), budget_ms in 1..300_000_000u64,
        (at, length) in (0..400_000_000i64, 0..100_000_000i64),
    ) {
        let aim = target(&calendar, Allowance::Working(Duration::from_millis(budget_ms)));
        let mut clock = Clock::start(start, aim);
        let Ok(schedule) = clock.schedule(&calendar) else { return Ok(()) };
        // The first stretch in which nobody works, from some moment on.
        let spans = calendar.spans(later(start, at), later(start, at + 4_000_000_000)).unwrap();
        let open = spans.first().is_some_and(|span| span.from <= later(start, at));
        let from = if open { spans[0].to } else { later(start, at) };
        let end = spans.iter().map(|span| span.from).find(|open| *open >= from);
        let to = later(from, length).min(end.unwrap_or(later(from, length)));
        prop_assert!(calendar.between(from, to).unwrap().is_zero());
        clock.apply(from, Happening::Paused { reason: "pending".into() });
        clock.apply(to, Happening::Resumed);
        prop_assert_eq!(clock.schedule(&calendar).unwrap(), schedule);
    }

    #[test]
    fn an_explanation_is_in_order_and_adds_up(
        calendar in any_calendar(), start in any_moment(), allowance in any_allowance(),
        moves in any_moves(), after in 0..500_000_000i64,
    ) {
        let Some((clock, now)) = play(&calendar, start, allowance, &moves) else { return Ok(()) };
        let now = later(now.max(start), after);
        let Ok(explanation) = clock.explain(&calendar, now) else { return Ok(()) };
        let reading = clock.read(&calendar, now).unwrap();
        prop_assert_eq!(explanation.due_at, reading.due_at);
        let imported_early = clock.is_imported();
        if !imported_early {
            prop_assert!(explanation.steps.windows(2).all(|pair| pair[0].at() <= pair[1].at()));
            let reaches_due = explanation.steps.iter().any(|step| matches!(step, Step::Due { .. }));
            let whole = reading.used + reading.remaining - reading.overdue;
            let counted = explanation.counted();
            if reaches_due {
                prop_assert_eq!(counted, whole);
            } else {
                prop_assert_eq!(counted, reading.used);
            }
        }
        prop_assert!(!explanation.sentences(calendar.zone()).is_empty());
        // Counted and skipped stretches never overlap.
        let ends = explanation.steps.iter().filter_map(|step| match step {
            Step::Counted { from, to }
            | Step::Skipped { from, to, .. }
            | Step::Condensed { from, to, .. } => Some((*from, *to)),
            _ => None,
        });
        let ends: Vec<_> = ends.collect();
        prop_assert!(ends.windows(2).all(|pair| pair[0].1 <= pair[1].0));
        prop_assert!(ends.iter().all(|(from, to)| from < to));
    }

    #[test]
    fn each_rung_is_told_once_and_in_its_order(
        calendar in any_calendar(), start in any_moment(), budget_ms in 1..300_000_000u64,
        steps in prop::collection::vec(0..300_000_000i64, 1..20),
    ) {
        let mut aim = target(&calendar, Allowance::Working(Duration::from_millis(budget_ms)));
        aim.ladder = vec![30, 80, 120, 200];
        let mut clock = Clock::start(start, aim);
        if clock.schedule(&calendar).is_err() {
            return Ok(());
        }
        let (mut now, mut told) = (start, Vec::new());
        for step in steps {
            now = later(now, step);
            let Ok(rungs) = clock.tell(&calendar, now) else { return Ok(()) };
            prop_assert!(rungs.iter().all(|rung| rung.at <= now));
            told.extend(rungs.iter().map(|rung| rung.percent));
            prop_assert_eq!(clock.tell(&calendar, now).unwrap(), []);
        }
        prop_assert!(told.windows(2).all(|pair| pair[0] < pair[1]));
        let due = clock.schedule(&calendar).unwrap().due_at.unwrap();
        prop_assert_eq!(told.contains(&100), due <= now);
    }
}
