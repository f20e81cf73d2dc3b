//! Telephone calls: rings, answers, hang-ups, and the three minutes.

use std::time::Duration;

use kefu_api_events::v1 as events;
use kefu_kernel::clock::ClockState;
use kefu_kernel::{Fault, NewEvent, Timestamp};
use proptest::prelude::*;

use super::support::{Desk, names, only};
use crate::domain::Call;
use crate::domain::call::{Answer, CallEvent, CallState, HangUp, Ring};
use crate::domain::ids::{CallId, PersonId};

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn ring(at: Timestamp) -> CallEvent {
    let line = "complaints".to_owned();
    CallEvent::Ring(Ring { at, line, caller_phone: "+8613800000000".into(), branch: None })
}

fn answer(at: Timestamp) -> CallEvent {
    let agent = PersonId::from(uuid::Uuid::from_u128(77));
    CallEvent::Answer(Answer { at, agent })
}

fn hang_up(at: Timestamp) -> CallEvent {
    CallEvent::HangUp(HangUp { at, by_caller: true })
}

fn call(desk: &mut Desk) -> Call {
    let id: CallId = desk.id();
    Call::unknown(id, "pbx", "c-1", desk.now)
}

/// Records events at the present moment, one after another.
fn tell(desk: &Desk, call: &Call, told: &[CallEvent]) -> (Call, Vec<NewEvent>) {
    let mut call = call.clone();
    let mut events = Vec::new();
    for event in told {
        let (next, more) = call.record(&desk.context(), event.clone()).unwrap();
        call = next;
        events.extend(more);
    }
    (call, events)
}

#[test]
fn a_call_answered_within_three_minutes_is_in_time() {
    let mut desk = Desk::new();
    let (start, call) = (desk.now, call(&mut desk));
    let (call, told) = tell(&desk, &call, &[ring(start)]);
    assert_eq!(
        (call.state(), call.wakes_at()),
        (CallState::Ringing, Some(start.plus(seconds(180))))
    );
    let rang: events::CallRang = only(&told);
    assert_eq!(rang.clock.unwrap().policy, "phone.first_answer");
    assert_eq!(rang.facts.unwrap().line, "complaints");
    assert!(!String::from_utf8_lossy(&told[0].payload).contains("+86"));
    desk.pass(2);
    let (call, told) = tell(&desk, &call, &[answer(desk.now)]);
    let answered: events::CallAnswered = only(&told);
    assert_eq!(answered.waited.unwrap().seconds, 120);
    assert!(!answered.facts.unwrap().breached);
    desk.pass(7);
    let (call, told) = tell(&desk, &call, &[hang_up(desk.now)]);
    let ended: events::CallEnded = only(&told);
    assert_eq!(ended.talked.unwrap().seconds, 420);
    assert!(!ended.facts.unwrap().abandoned);
    assert_eq!((call.state(), call.wakes_at()), (CallState::Ended, None));
}

#[test]
fn the_breach_of_an_unanswered_call_is_told_once() {
    let mut desk = Desk::new();
    let (start, call) = (desk.now, call(&mut desk));
    let (call, _) = tell(&desk, &call, &[ring(start)]);
    assert!(call.fire_clock(&desk.context()).unwrap().1.is_empty(), "too early");
    desk.pass(3);
    let (call, told) = call.fire_clock(&desk.context()).unwrap();
    assert_eq!(names(&told), ["CallClockBreached"]);
    assert!(only::<events::CallClockBreached>(&told).facts.unwrap().breached);
    assert!(call.fire_clock(&desk.context()).unwrap().1.is_empty(), "twice");
    desk.pass(1);
    let (call, told) = tell(&desk, &call, &[answer(desk.now)]);
    assert_eq!(names(&told), ["CallAnswered"]);
    let clock = call.clock.as_ref().unwrap();
    assert_eq!(clock.state(&desk.calendars, desk.now).unwrap(), ClockState::MetLate);
}

#[test]
fn a_breach_is_told_before_the_answer_that_came_too_late() {
    let mut desk = Desk::new();
    let (start, call) = (desk.now, call(&mut desk));
    desk.pass(10);
    let told = [ring(start), answer(start.plus(seconds(200)))];
    let (call, told) = tell(&desk, &call, &told);
    assert_eq!(names(&told), ["CallRang", "CallClockBreached", "CallAnswered"]);
    assert!(call.is_breached());
}

#[test]
fn a_caller_who_hangs_up_unanswered_abandons() {
    let mut desk = Desk::new();
    let (start, call) = (desk.now, call(&mut desk));
    desk.pass(1);
    let (call, told) = tell(&desk, &call, &[ring(start), hang_up(start.plus(seconds(40)))]);
    assert_eq!(names(&told), ["CallRang", "CallEnded"]);
    let ended: events::CallEnded = only(&told);
    assert!(ended.facts.unwrap().abandoned);
    assert_eq!(ended.waited.unwrap().seconds, 40);
    assert_eq!((call.state(), call.is_breached()), (CallState::Abandoned, false));
    assert_eq!(call.wakes_at(), None);
}

#[test]
fn an_answer_in_time_that_is_told_late_clears_the_breach() {
    let mut desk = Desk::new();
    let (start, call) = (desk.now, call(&mut desk));
    let (call, _) = tell(&desk, &call, &[ring(start)]);
    desk.pass(5);
    let (call, _) = call.fire_clock(&desk.context()).unwrap();
    assert!(call.is_breached());
    let (call, told) = tell(&desk, &call, &[answer(start.plus(seconds(100)))]);
    assert!(!only::<events::CallAnswered>(&told).facts.unwrap().breached);
    assert!(!call.is_breached());
}

#[test]
fn an_event_told_twice_is_known_and_one_that_contradicts_is_refused() {
    let mut desk = Desk::new();
    let (start, call) = (desk.now, call(&mut desk));
    desk.pass(5);
    let (call, _) = tell(&desk, &call, &[ring(start), answer(start.plus(seconds(10)))]);
    let (same, told) = tell(&desk, &call, &[ring(start), answer(start.plus(seconds(10)))]);
    assert_eq!((same, told.len()), (call.clone(), 0));
    for other in [ring(start.plus(seconds(1))), answer(start.plus(seconds(11)))] {
        let error = call.record(&desk.context(), other).unwrap_err();
        assert_eq!(error.reason(), "CALL_EVENT_REFUSED");
    }
    let before = hang_up(start.plus(seconds(5)));
    let error = call.record(&desk.context(), before).unwrap_err();
    assert_eq!(error.reason(), "CALL_EVENT_REFUSED", "it ended before it was answered");
    let later = hang_up(desk.now.plus(seconds(3600)));
    assert_eq!(call.record(&desk.context(), later).unwrap_err().reason(), "VALIDATION_FAILED");
}

proptest! {
    #[test]
    fn the_order_in_which_events_are_told_does_not_matter(
        order in Just(vec![0usize, 1, 2]).prop_shuffle(), repeats in prop::collection::vec(0usize..3, 0..4),
        waited in 0u64..400, talked in 0u64..400, answered in any::<bool>(),
    ) {
        let mut desk = Desk::new();
        let (start, call) = (desk.now, call(&mut desk));
        desk.pass(30);
        let mut all = vec![ring(start), hang_up(start.plus(seconds(waited + talked)))];
        if answered {
            all.push(answer(start.plus(seconds(waited))));
        }
        let mut straight = all.clone();
        straight.sort_by_key(|event| (event.at(), matches!(event, CallEvent::HangUp(_))));
        straight.sort_by_key(|event| !matches!(event, CallEvent::Ring(_)));
        let (expected, _) = tell(&desk, &call, &straight);
        let mixed: Vec<CallEvent> = order.into_iter().chain(repeats)
            .filter_map(|index| all.get(index).cloned())
            .collect();
        let (mixed, _) = tell(&desk, &call, &mixed);
        prop_assert_eq!(mixed.state(), expected.state());
        prop_assert_eq!(mixed.is_breached(), expected.is_breached());
        prop_assert_eq!(mixed.waited(desk.now), expected.waited(desk.now));
        prop_assert_eq!(mixed.wakes_at(), None);
        let late = if answered { waited > 180 } else { waited + talked > 180 };
        prop_assert_eq!(mixed.is_breached(), late);
        let (again, told) = mixed.fire_clock(&desk.context()).unwrap();
        prop_assert!(told.is_empty());
        prop_assert_eq!(again, mixed);
    }
}
