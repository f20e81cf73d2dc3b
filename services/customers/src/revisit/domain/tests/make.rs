//! Attempts and answers.

use std::time::Duration;

use kefu_api_events::v1::{self as events, ClockChangeKind as Became, ClockKind};
use kefu_kernel::Fault;

use super::support::{Desk, ZONE, at, became, names, only, put_off, reach, satisfied, tried};
use crate::revisit::domain::words::{Outcome, State, Verdict};
use crate::revisit::domain::{Answers, NewPromise, Try};

#[test]
fn what_is_owed_begins_open_with_its_deadline_running() {
    let mut desk = Desk::new();
    let (id, what) = (desk.id(), desk.closed_complaint());
    let policy = desk.policy("complaint_closed");
    let (revisit, told) = crate::revisit::domain::Revisit::owe(
        &desk.context(),
        id,
        policy,
        &what,
        &desk.calendar,
        None,
    )
    .unwrap();
    assert_eq!(names(&told), ["RevisitScheduled", "RevisitOpened"]);
    assert_eq!(became(&told[0]), [(ClockKind::Revisit, Became::Started)]);
    let scheduled: events::RevisitScheduled = only(&told);
    assert_eq!((scheduled.policy_version, scheduled.subject_episode), (1, 1));
    assert!(scheduled.former.is_none());
    assert_eq!((revisit.state, revisit.due_at), (State::Open, at("2026-11-27 00:00")));
    assert_eq!(revisit.wakes_at(), Some(revisit.due_at));
}

#[test]
fn a_day_that_has_not_come_is_waited_for() {
    let mut desk = Desk::new();
    let (id, what) = (desk.id(), desk.closed_complaint());
    let policy = desk.policy("delivered");
    let owed = crate::revisit::domain::Revisit::owe(
        &desk.context(),
        id,
        policy,
        &what,
        &desk.calendar,
        None,
    );
    let (revisit, told) = owed.unwrap();
    assert_eq!((names(&told), revisit.state), (vec!["RevisitScheduled"], State::Scheduled));
    let early =
        revisit.attempt(&desk.context(), tried(Outcome::NoAnswer), &reach(ZONE)).unwrap_err();
    assert_eq!(early.reason(), "REVISIT_NOT_OPEN");
    assert_eq!(revisit.wakes_at(), Some(revisit.opens_at));
    assert!(revisit.fire(&desk.context()).unwrap().1.is_empty());
    desk.now = at("2026-11-25 09:00");
    let (revisit, told) =
        revisit.attempt(&desk.context(), tried(Outcome::NoAnswer), &reach(ZONE)).unwrap();
    assert_eq!(
        names(&told),
        ["RevisitOpened", "RevisitAttempted"],
        "the day came before the timer"
    );
    assert_eq!((revisit.state, revisit.attempts.len()), (State::Attempted, 1));
}

#[test]
fn nobody_is_disturbed_in_their_own_night() {
    let mut desk = Desk::new();
    let revisit = desk.open();
    let madrid = reach("Europe/Madrid");
    let error = revisit.attempt(&desk.context(), tried(Outcome::NoAnswer), &madrid).unwrap_err();
    assert_eq!(error.reason(), "QUIET_HOURS");
    assert_eq!(error.metadata(), [("until", "2026-11-23T07:00:00Z".to_owned())]);
    let said = revisit.answered(&desk.context(), satisfied(), &desk.script(), &madrid);
    assert_eq!(said.unwrap_err().reason(), "QUIET_HOURS");
    let night = put_off(at("2026-11-24 22:00"));
    let error = revisit.attempt(&desk.context(), night, &reach(ZONE)).unwrap_err();
    assert_eq!(error.reason(), "QUIET_HOURS");
    desk.now = at("2026-11-23 16:00");
    assert!(revisit.attempt(&desk.context(), tried(Outcome::NoAnswer), &madrid).is_ok());
}

#[test]
fn the_hour_that_a_customer_chose_is_waited_for_and_moves_the_deadline() {
    let mut desk = Desk::new();
    let revisit = desk.open();
    let soon = put_off(at("2026-11-25 15:00"));
    let (revisit, _) = revisit.attempt(&desk.context(), soon, &reach(ZONE)).unwrap();
    assert_eq!(revisit.due_at, revisit.first_due_at, "in time anyway");
    let early =
        revisit.attempt(&desk.context(), tried(Outcome::NoAnswer), &reach(ZONE)).unwrap_err();
    assert_eq!(early.reason(), "REVISIT_NOT_OPEN");
    desk.now = at("2026-11-25 15:00");
    let later = put_off(at("2026-12-01 10:00"));
    let (revisit, told) = revisit.attempt(&desk.context(), later, &reach(ZONE)).unwrap();
    assert_eq!(revisit.due_at, at("2026-12-02 00:00"));
    assert_eq!(became(&told[0]), [(ClockKind::Revisit, Became::Retargeted)]);
    desk.now = at("2026-12-01 09:00");
    let (revisit, told) =
        revisit.answered(&desk.context(), satisfied(), &desk.script(), &reach(ZONE)).unwrap();
    assert_eq!(became(&told[0]), [(ClockKind::Revisit, Became::Met)]);
    assert!(revisit.is_reached_in_time());
    let text = revisit
        .explain(Some(&desk.policy("complaint_closed").rule), &desk.calendars(), desk.now)
        .unwrap()
        .join("\n");
    for part in [
        "closed 2026-11-23 10:00",
        "2026-11-24 does not count: holiday, Founding Day",
        "chose 2026-12-01 10:00",
        "customer_chose",
        "Met 2026-12-01 09:00, in time",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn the_last_attempt_gives_up_and_a_chosen_hour_is_none() {
    let mut desk = Desk::new();
    let mut revisit = desk.open();
    for outcome in [Outcome::NoAnswer, Outcome::Rescheduled, Outcome::Refused] {
        let mut made = tried(outcome);
        if outcome == Outcome::Rescheduled {
            made.reschedule_to = Some(desk.now.plus(Duration::from_secs(3600)));
        }
        revisit = revisit.attempt(&desk.context(), made, &reach(ZONE)).unwrap().0;
        desk.pass(3600);
    }
    assert_eq!(revisit.state, State::Attempted);
    let (revisit, told) =
        revisit.attempt(&desk.context(), tried(Outcome::WrongContact), &reach(ZONE)).unwrap();
    assert_eq!(names(&told), ["RevisitAttempted", "RevisitGivenUp"]);
    assert_eq!(became(&told[1]), [(ClockKind::Revisit, Became::Stopped)]);
    assert_eq!((revisit.state, revisit.wakes_at()), (State::GivenUp, None));
    let over =
        revisit.attempt(&desk.context(), tried(Outcome::NoAnswer), &reach(ZONE)).unwrap_err();
    assert_eq!(
        (over.reason(), over.metadata()),
        ("REVISIT_OVER", vec![("state", "given_up".into())])
    );
}

#[test]
fn a_try_that_does_not_fit_is_refused() {
    let mut desk = Desk::new();
    let revisit = desk.open();
    let refused =
        |made: Try| revisit.attempt(&desk.context(), made, &reach(ZONE)).unwrap_err().reason();
    assert_eq!(refused(tried(Outcome::Reached)), "VALIDATION_FAILED");
    assert_eq!(refused(tried(Outcome::Rescheduled)), "VALIDATION_FAILED");
    let other = Try { outcome: Outcome::NoAnswer, ..put_off(at("2026-11-25 15:00")) };
    assert_eq!(refused(other), "VALIDATION_FAILED");
    assert_eq!(refused(put_off(desk.now)), "TIME_OUT_OF_RANGE");
    assert_eq!(refused(put_off(at("2028-11-25 15:00"))), "TIME_OUT_OF_RANGE");
}

#[test]
fn the_script_is_answered_as_it_branches() {
    let mut desk = Desk::new();
    let revisit = desk.open();
    let said = |verdict, answers: &[(&str, &str)]| Answers {
        verdict,
        answers: answers.iter().map(|(code, text)| ((*code).into(), (*text).into())).collect(),
        ..satisfied()
    };
    let script = desk.script();
    let refused = |said: Answers| {
        let error = revisit.answered(&desk.context(), said, &script, &reach(ZONE)).unwrap_err();
        (error.reason(), error.metadata())
    };
    let missing =
        |questions: &str| ("SCRIPT_ANSWERS_MISSING", vec![("questions", questions.to_owned())]);
    assert_eq!(refused(said(Verdict::Satisfied, &[])), missing("solved"));
    assert_eq!(refused(said(Verdict::Satisfied, &[("solved", " ")])), missing("solved"));
    assert_eq!(refused(said(Verdict::Dissatisfied, &[("solved", "no")])), missing("with_what"));
    for wrong in [("solved", "maybe"), ("with_what", "you"), ("shoe", "43")] {
        let (reason, _) = refused(said(Verdict::Satisfied, &[("solved", "yes"), wrong]));
        assert_eq!(reason, "SCRIPT_ANSWER_INVALID", "{wrong:?}");
    }
    let whole = said(Verdict::Dissatisfied, &[("solved", "no"), ("with_what", "the wait")]);
    let (revisit, told) = revisit.answered(&desk.context(), whole, &script, &reach(ZONE)).unwrap();
    assert_eq!((names(&told), revisit.state), (vec!["RevisitAnswered"], State::Answered));
    assert_eq!(revisit.attempts[0].outcome, Outcome::Reached);
}

#[test]
fn a_promise_has_a_deadline_of_its_own() {
    let mut desk = Desk::new();
    let due_at = desk.now.plus(Duration::from_secs(3600));
    let promise = NewPromise { text: "a call".into(), due_at };
    let revisit = desk.open();
    let said = Answers { promises: vec![promise.clone(), promise.clone()], ..satisfied() };
    let (revisit, told) =
        revisit.answered(&desk.context(), said, &desk.script(), &reach(ZONE)).unwrap();
    assert_eq!(names(&told), ["RevisitAnswered", "RevisitPromiseMade", "RevisitPromiseMade"]);
    assert_eq!(became(&told[1]), [(ClockKind::RevisitPromise, Became::Started)]);
    let (revisit, told) = revisit.keep_promise(&desk.context(), 1).unwrap();
    assert!(!only::<events::RevisitPromiseKept>(&told).late);
    assert_eq!(revisit.keep_promise(&desk.context(), 1).unwrap_err().reason(), "PROMISE_KEPT");
    assert_eq!(
        revisit.keep_promise(&desk.context(), 3).unwrap_err().reason(),
        "RESOURCE_NOT_FOUND"
    );
    assert_eq!(revisit.wakes_at(), Some(due_at));
    desk.now = due_at;
    let (revisit, told) = revisit.fire(&desk.context()).unwrap();
    assert_eq!(only::<events::RevisitPromiseBreached>(&told).promise, 2);
    assert!(revisit.fire(&desk.context()).unwrap().1.is_empty());
    let (revisit, told) = revisit.keep_promise(&desk.context(), 2).unwrap();
    assert!(only::<events::RevisitPromiseKept>(&told).late);
    assert_eq!(revisit.wakes_at(), None);
    let late =
        Answers { promises: vec![NewPromise { due_at: desk.now, ..promise }], ..satisfied() };
    let refused = desk.open().answered(&desk.context(), late, &desk.script(), &reach(ZONE));
    assert_eq!(refused.unwrap_err().reason(), "TIME_OUT_OF_RANGE");
}

#[test]
fn a_breach_stays_and_comes_before_what_ends_it() {
    let mut desk = Desk::new();
    let revisit = desk.open();
    desk.now = revisit.due_at;
    let in_time =
        revisit.answered(&desk.context(), satisfied(), &desk.script(), &reach("America/New_York"));
    assert!(in_time.unwrap().0.is_reached_in_time(), "at the very moment");
    desk.now = at("2026-11-27 10:00");
    let (late, told) =
        revisit.answered(&desk.context(), satisfied(), &desk.script(), &reach(ZONE)).unwrap();
    assert_eq!(names(&told), ["RevisitBreached", "RevisitAnswered"]);
    assert!(late.breached_at == Some(revisit.due_at) && !late.is_reached_in_time());
    let (fired, told) = revisit.fire(&desk.context()).unwrap();
    assert_eq!((names(&told), fired.wakes_at()), (vec!["RevisitBreached"], None));
}
