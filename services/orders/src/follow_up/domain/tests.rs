//! Facts about follow-ups: each refusal, the clock of the next check, and random walks.

use kefu_kernel::{Fault, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use super::{Checked, Decision, FollowUp, FollowUpState, New, Next};
use crate::domain::Context;
use crate::domain::testing::{at, check_events, clocks, names};

fn context(hours: u64) -> Context<'static> {
    Context { now: at(hours), actor: "person_courier" }
}

fn create(next_check_at: Timestamp) -> Decision {
    let new = New {
        id: Uuid::from_u128(1).into(),
        kind: "pickup".into(),
        order: Uuid::from_u128(2).into(),
        shipment: None,
        customer: None,
        branch: None,
        responsible: Uuid::from_u128(3).into(),
        next_check_at,
    };
    FollowUp::create(&context(0), &clocks(), new)
}

fn open() -> FollowUp {
    create(at(5)).unwrap().0
}

fn check(follow_up: &FollowUp, hours: u64, next: Next) -> Decision {
    let made =
        Checked { outcome: "waiting".into(), note: "No answer".into(), checked_at: None, next };
    follow_up.check(&context(hours), &clocks(), made)
}

#[track_caller]
fn refused(decision: Decision, reason: &str) {
    assert_eq!(decision.unwrap_err().reason(), reason);
}

#[test]
fn a_check_meets_its_clock_and_plans_the_next() {
    let (follow_up, told) = check(&open(), 5, Next::At(at(9))).unwrap();
    assert_eq!(names(&told), ["FollowUpChecked"]);
    assert_eq!((follow_up.wakes_at(), follow_up.breached), (Some(at(9)), false));
    let (follow_up, _) = check(&follow_up, 6, Next::Done).unwrap();
    assert_eq!((follow_up.state, follow_up.next_check_at), (FollowUpState::Done, None));
    assert_eq!((follow_up.ended_at, follow_up.wakes_at()), (Some(at(6)), None));
}

#[test]
fn a_check_that_is_not_made_in_time_is_a_breach_for_good() {
    let (late, told) = open().fire_clocks(&context(5), &clocks()).unwrap();
    assert_eq!(names(&told), ["FollowUpClockBreached"]);
    assert!(late.fire_clocks(&context(6), &clocks()).unwrap().1.is_empty());
    let (after, _) = check(&late, 6, Next::At(at(20))).unwrap();
    assert!(after.breached, "though the next one is in time");
    let (_, told) = check(&open(), 6, Next::Done).unwrap();
    assert_eq!(
        names(&told),
        ["FollowUpClockBreached", "FollowUpChecked"],
        "told before what ends it"
    );
}

#[test]
fn what_cannot_be_is_refused() {
    refused(create(at(0)), "VALIDATION_FAILED");
    refused(create(at(91 * 24)), "VALIDATION_FAILED");
    refused(check(&open(), 1, Next::At(at(1))), "VALIDATION_FAILED");
    let made = |checked_at, note: &str| {
        let (outcome, note, next) = ("waiting".into(), note.into(), Next::Done);
        open().check(&context(1), &clocks(), Checked { outcome, note, checked_at, next })
    };
    refused(made(Some(at(2)), "Ahead"), "VALIDATION_FAILED");
    let before = Timestamp::from_millis(at(0).as_millis() - 1);
    refused(made(Some(before), "Before it began"), "VALIDATION_FAILED");
    refused(made(None, " "), "VALIDATION_FAILED");
    let same = Uuid::from_u128(3).into();
    refused(open().assign(&context(1), &clocks(), same, ""), "ALREADY_ASSIGNED");
    let (cancelled, told) = open().cancel(&context(1), &clocks(), "order_cancelled").unwrap();
    assert_eq!((names(&told), cancelled.wakes_at()), (vec!["FollowUpCancelled"], None));
    refused(check(&cancelled, 2, Next::Done), "FOLLOW_UP_ENDED");
    refused(cancelled.cancel(&context(2), &clocks(), "again"), "FOLLOW_UP_ENDED");
    let other = Uuid::from_u128(4).into();
    refused(cancelled.assign(&context(2), &clocks(), other, ""), "FOLLOW_UP_ENDED");
}

#[test]
fn notes_are_overwritten() {
    let (checked, _) = check(&open(), 1, Next::At(at(9))).unwrap();
    let (erased, told) = checked.erase(&context(2), &clocks()).unwrap();
    assert_eq!((names(&told), erased.checks[0].note.as_str()), (vec!["FollowUpErased"], ""));
    assert!(erased.erase(&context(2), &clocks()).unwrap().1.is_empty());
}

proptest! {
    #[test]
    fn no_walk_reaches_an_illegal_state(
        verbs in prop::collection::vec((0..5_u8, 1..30_u64, 1..6_u64), 1..20),
    ) {
        let (mut follow_up, told) = create(at(5)).unwrap();
        check_events(None, &follow_up, &told);
        let mut hours = 0;
        for (verb, number, passed) in verbs {
            hours += passed;
            let made = match verb {
                0 => check(&follow_up, hours, Next::At(at(hours + number))),
                1 if number < 6 => check(&follow_up, hours, Next::Done),
                2 => {
                    let person = Uuid::from_u128(number.into()).into();
                    follow_up.assign(&context(hours), &clocks(), person, "away")
                }
                3 if number < 4 => follow_up.cancel(&context(hours), &clocks(), "no_need"),
                _ => follow_up.fire_clocks(&context(hours), &clocks()),
            };
            let Ok((after, told)) = made else { continue };
            check_events(Some(&follow_up), &after, &told);
            let is_open = after.state == FollowUpState::Open;
            prop_assert!(is_open || follow_up.state == FollowUpState::Open || follow_up == after);
            prop_assert_eq!(after.next_check_at.is_some(), is_open);
            prop_assert_eq!(after.ended_at.is_none(), is_open);
            prop_assert_eq!(after.clocks.iter().filter(|clock| !clock.clock.is_over()).count(), usize::from(is_open));
            prop_assert!(after.breached || !follow_up.breached, "a breach stays");
            prop_assert!(after.checks.iter().zip(1..).all(|(check, number)| check.number == number));
            follow_up = after;
        }
    }
}
