//! Clocks of tickets: pauses, warnings, breaches, explanations.

use kefu_api_events::v1 as events;
use kefu_kernel::clock::{ClockState, Step};

use super::support::{Desk, at, became, clock, common, names, only, solve, to};
use crate::domain::words::{Channel, ClockKind};

#[test]
fn the_resolution_stands_still_while_the_customer_is_awaited() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Phone);
    desk.now = at("2026-11-23 12:00");
    let (ticket, told) = desk.go(&ticket, to("pending")).unwrap();
    assert_eq!(
        became(&common(&told)[0]),
        [(events::ClockKind::Resolution, events::ClockChangeKind::Paused)]
    );
    let event = &common(&told)[0];
    assert_eq!(event.clock_changes[0].clock.as_ref().unwrap().due_at, None);
    assert_eq!((ticket.due_at(), ticket.wakes_at()), (None, None));
    desk.now = at("2026-11-25 09:00");
    let (ticket, told) = desk.go(&ticket, to("open")).unwrap();
    assert_eq!(
        became(&common(&told)[0]),
        [(events::ClockKind::Resolution, events::ClockChangeKind::Resumed)]
    );
    // Sixteen hours, two of them used before the pause.
    assert_eq!(ticket.due_at(), Some(at("2026-11-26 14:00")));
}

#[test]
fn from_one_waiting_state_to_another_the_clock_stays_paused() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Phone);
    let (ticket, _) = desk.go(&ticket, to("pending")).unwrap();
    let (_, told) = desk.go(&ticket, to("on_hold")).unwrap();
    assert_eq!(became(&common(&told)[0]), []);
}

#[test]
fn a_complaint_waits_for_the_customer_only_and_its_legal_deadline_never() {
    let mut desk = Desk::new();
    let ticket = desk.open("complaint", Channel::Phone);
    let legal = at("2026-11-30 10:00");
    assert_eq!(clock(&ticket, ClockKind::Legal).due_at, Some(legal));
    let (held, told) = desk.go(&ticket, to("on_hold")).unwrap();
    assert_eq!(became(&common(&told)[0]), [], "a complaint on hold still counts");
    let (waiting, _) = desk.go(&held, to("pending")).unwrap();
    assert!(clock(&waiting, ClockKind::Resolution).clock.is_paused());
    assert_eq!(clock(&waiting, ClockKind::Legal).due_at, Some(legal));
    assert_eq!(waiting.due_at(), Some(legal));
    let rung = clock(&waiting, ClockKind::Legal).next.unwrap();
    assert_eq!((rung.percent, rung.at), (50, at("2026-11-26 22:00")));
}

#[test]
fn solving_meets_the_resolution_and_what_else_ran_is_no_longer_owed() {
    let mut desk = Desk::new();
    let ticket = desk.open("complaint", Channel::Email);
    desk.pass(60);
    let (ticket, told) = desk.go(&ticket, solve("complaint")).unwrap();
    assert_eq!(
        became(&common(&told)[0]),
        [
            (events::ClockKind::FirstResponse, events::ClockChangeKind::Stopped),
            (events::ClockKind::Resolution, events::ClockChangeKind::Met),
            (events::ClockKind::Legal, events::ClockChangeKind::Met),
        ]
    );
    assert_eq!(ticket.wakes_at(), None);
    assert!(!ticket.is_breached());
    let (closed, told) = desk.go(&ticket, to("closed")).unwrap();
    assert_eq!(became(&common(&told)[0]), []);
    assert!(closed.clocks.iter().all(|clock| clock.clock.is_over()));
}

#[test]
fn each_rung_fires_once_however_often_and_early_the_timer_fires() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Chat);
    let four = std::time::Duration::from_secs(240);
    assert_eq!(ticket.wakes_at(), Some(desk.now.plus(four)), "80 percent of five minutes");
    let (ticket, told) = ticket.fire_clocks(&desk.context()).unwrap();
    assert!(told.is_empty());
    desk.now = desk.now.plus(four);
    let (ticket, told) = ticket.fire_clocks(&desk.context()).unwrap();
    let warned: events::TicketClockWarned = only(&told);
    assert_eq!((warned.percent, warned.clock.unwrap().policy.as_str()), (80, "chat.first_answer"));
    let (ticket, told) = ticket.fire_clocks(&desk.context()).unwrap();
    assert!(told.is_empty());
    let due = ticket.wakes_at().unwrap();
    desk.now = due;
    let (ticket, told) = ticket.fire_clocks(&desk.context()).unwrap();
    let breached: events::TicketClockBreached = only(&told);
    assert!(breached.facts.unwrap().breached);
    assert_eq!(breached.former.unwrap().breached, Some(false));
    assert_eq!(told[0].changed, ["breached", "clocks"]);
    assert_eq!(clock(&ticket, ClockKind::FirstAnswer).breached_at, Some(due));
    let (ticket, told) = ticket.fire_clocks(&desk.context()).unwrap();
    assert!(told.is_empty());
    assert!(ticket.wakes_at().is_some_and(|next| next > due), "the resolution still runs");
}

#[test]
fn after_a_long_outage_the_breach_is_told_without_its_overtaken_warning() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Chat);
    desk.now = at("2026-12-24 10:00");
    let (_, told) = ticket.fire_clocks(&desk.context()).unwrap();
    // The answer's breach; the resolution's breach and its reminder at 150 percent.
    assert_eq!(names(&told), ["TicketClockBreached", "TicketClockBreached", "TicketClockWarned"]);
    assert_eq!(only::<events::TicketClockWarned>(&told).percent, 150);
}

#[test]
fn a_breach_is_told_before_what_comes_too_late() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Chat);
    desk.pass(6);
    let id = desk.id();
    let (ticket, told, _) = ticket.reply(&desk.context(), id, "Hello.".into(), None).unwrap();
    assert_eq!(names(&told), ["TicketClockBreached", "TicketReplied"]);
    let facts: Vec<_> = common(&told).into_iter().map(|e| e.facts.unwrap().breached).collect();
    assert_eq!(facts, [true, true]);
    let state = clock(&ticket, ClockKind::FirstAnswer).state(&desk.calendars, desk.now);
    assert_eq!(state.unwrap(), ClockState::MetLate);
}

#[test]
fn an_answer_at_the_very_moment_is_in_time() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Chat);
    desk.pass(5);
    let id = desk.id();
    let (ticket, told, _) = ticket.reply(&desk.context(), id, "Hello.".into(), None).unwrap();
    assert_eq!(names(&told), ["TicketClockWarned", "TicketReplied"]);
    assert!(!ticket.is_breached());
}

#[test]
fn a_deadline_explains_itself_by_policy_calendar_and_pause() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Phone);
    desk.now = at("2026-11-23 17:00");
    let (ticket, _) = desk.go(&ticket, to("pending")).unwrap();
    desk.now = at("2026-11-24 09:30");
    let (ticket, _) = desk.go(&ticket, to("open")).unwrap();
    let calendars = &desk.calendars;
    let resolution = clock(&ticket, ClockKind::Resolution);
    let explanation = resolution.explain(calendars, desk.now).unwrap();
    assert_eq!(explanation.due_at, resolution.due_at);
    let zone = resolution.calendar(calendars).unwrap().zone();
    assert_eq!(
        explanation.sentences(zone)[..4],
        [
            "Started 2026-11-23 10:00: default.resolution v1 allows 16 h of working time (calendar \
             office r1).",
            "Counted 7 h from 2026-11-23 10:00 to 2026-11-23 17:00.",
            "Paused 2026-11-23 17:00: pending.",
            "Resumed 2026-11-24 09:30.",
        ]
    );
    assert!(explanation.steps.iter().any(|step| matches!(step, Step::Skipped { .. })));
}

#[test]
fn a_process_whose_clock_is_behind_does_not_turn_time_back() {
    let mut desk = Desk::new();
    let mut ticket = desk.open("inquiry", Channel::Phone);
    ticket.head.updated_at = at("2026-11-23 10:30");
    let (solved, _) = desk.go(&ticket, solve("inquiry")).unwrap();
    assert_eq!(solved.episode().solved_at, Some(at("2026-11-23 10:30")));
}
