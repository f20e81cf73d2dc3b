//! Random walks over every verb: whatever is done in whatever order, no rule is broken, the events tell one
//! story, and the folded coverage is what a count by hand gives.

use std::collections::BTreeMap;
use std::time::Duration;

use kefu_api_events::v1::{self as events, ClockChangeKind, RevisitFacts};
use kefu_api_events::{Facts, Step, Subject};
use kefu_kernel::{NewEvent, Zone};
use proptest::prelude::*;
use prost::Message;

use super::support::{Desk, ZONE, opinion, person, put_off, reach, satisfied, tried};
use crate::domain::quiet::Reach;
use crate::revisit::domain::words::{OpinionKind, Outcome, State, Verdict};
use crate::revisit::domain::{Answers, Cell, Covered, Decision, NewPromise, Revisit, cells};

/// Something that somebody does, or that passes.
#[derive(Clone, Debug)]
enum Verb {
    Assign(Option<u128>),
    Try(Outcome),
    PutOff(u64),
    Answer(Verdict, Option<OpinionKind>, Option<u64>),
    Link(i32),
    Keep(i32),
    AsHead(u128),
    Close(u128),
    Cancel,
    Fire,
}

fn any_verb() -> impl Strategy<Value = Verb> {
    let outcome = prop::sample::select(Outcome::ALL.to_vec());
    let verdict = prop::sample::select(Verdict::ALL.to_vec());
    let kind = prop::option::of(prop::sample::select(OpinionKind::ALL.to_vec()));
    prop_oneof![
        1 => prop::option::of(1u128..4).prop_map(Verb::Assign),
        4 => outcome.prop_map(Verb::Try),
        2 => (0u64..200).prop_map(Verb::PutOff),
        3 => (verdict, kind, prop::option::of(0u64..100)).prop_map(|(v, k, p)| Verb::Answer(v, k, p)),
        1 => (0i32..3).prop_map(Verb::Link),
        2 => (1i32..3).prop_map(Verb::Keep),
        2 => (1u128..4).prop_map(Verb::AsHead),
        2 => (1u128..6).prop_map(Verb::Close),
        1 => Just(Verb::Cancel),
        3 => Just(Verb::Fire),
    ]
}

fn act(desk: &mut Desk, revisit: &Revisit, verb: &Verb, reach: &Reach) -> Decision {
    if let Verb::Close(actor) = verb {
        desk.actor = person(*actor).to_string();
    }
    let hours = |hours: u64| desk.now.plus(Duration::from_secs(hours * 3600));
    let context = desk.context();
    match verb {
        Verb::Assign(to) => revisit.assign(&context, to.map(person)),
        Verb::Try(outcome) => revisit.attempt(&context, tried(*outcome), reach),
        Verb::PutOff(to) => revisit.attempt(&context, put_off(hours(*to)), reach),
        Verb::Answer(verdict, kind, promised) => {
            let said = Answers {
                verdict: *verdict,
                opinions: kind.map(opinion).into_iter().collect(),
                promises: promised
                    .map(|to| NewPromise { text: "so".into(), due_at: hours(to) })
                    .into_iter()
                    .collect(),
                answers: BTreeMap::new(),
                ..satisfied()
            };
            revisit.answered(&context, said, &[], reach)
        }
        Verb::Link(opinion) => revisit.link_ticket(&context, *opinion, "ticket_x"),
        Verb::Keep(number) => revisit.keep_promise(&context, *number),
        Verb::AsHead(head) => revisit.answer_as_head(&context, "So.".into(), Some(person(*head))),
        Verb::Close(_) => revisit.close(&context),
        Verb::Cancel => revisit.cancel(&context, "customer_asked"),
        Verb::Fire => revisit.fire(&context),
    }
}

/// What holds of a revisit at all times.
fn check(revisit: &Revisit, reach: &Reach) {
    for attempt in &revisit.attempts {
        assert_eq!(reach.quiet_until(attempt.made_at), None, "disturbed in quiet hours");
        assert!(attempt.made_at >= revisit.opens_at);
    }
    if let Some(at) = revisit.next_attempt_at {
        assert_eq!(reach.quiet_until(at), None, "put off into quiet hours");
    }
    let reached = matches!(revisit.state, State::Answered | State::Closed);
    assert_eq!(revisit.reached_at.is_some(), reached);
    assert_eq!(revisit.verdict.is_some(), reached);
    assert_eq!(revisit.ended_at.is_some(), revisit.state.is_over());
    assert_eq!(!revisit.closed_by.is_empty(), revisit.state == State::Closed);
    if revisit.state == State::Closed {
        let handlers = [revisit.handlers.handler, revisit.handlers.owner];
        assert!(handlers.iter().flatten().all(|person| person.to_string() != revisit.closed_by));
        let more = revisit.opinions.iter().any(|opinion| opinion.kind != OpinionKind::Remark);
        assert!(!more || revisit.department_answer.is_some());
    }
    assert!(revisit.due_at >= revisit.first_due_at);
    let fruitless = revisit.attempts.iter();
    let fruitless =
        fruitless.filter(|one| !matches!(one.outcome, Outcome::Reached | Outcome::Rescheduled));
    let spent = fruitless.count() >= usize::from(revisit.max_attempts);
    assert_eq!(revisit.state == State::GivenUp, spent);
}

/// The deadlines that run, by what their events told.
#[derive(Default)]
struct Running(BTreeMap<(i32, i32), bool>);

impl Running {
    fn fold(&mut self, event: &events::AnyRevisitEvent) {
        for change in &event.clock_changes {
            let clock = change.clock.as_ref().unwrap();
            let key = (clock.kind, clock.episode);
            let runs = match change.kind() {
                ClockChangeKind::Started => {
                    assert!(!self.0.contains_key(&key), "started twice");
                    true
                }
                ClockChangeKind::Retargeted => {
                    assert_eq!(self.0.get(&key), Some(&true));
                    true
                }
                ClockChangeKind::Met | ClockChangeKind::Stopped => {
                    assert_eq!(self.0.get(&key), Some(&true), "ended twice");
                    false
                }
                other => panic!("{other:?}"),
            };
            assert_eq!(clock.due_at.is_some(), runs);
            self.0.insert(key, runs);
        }
    }
}

fn fold(counts: &mut BTreeMap<Cell, Covered>, told: &[NewEvent], zone: &Zone) {
    for event in told {
        let step: Step<RevisitFacts> = Step::read(&event.payload).unwrap();
        for (cell, change) in cells(&step, zone) {
            let count = counts.entry(cell).or_default();
            *count = count.plus(change, 1);
        }
    }
}

proptest! {
    #[test]
    fn no_walk_breaks_a_rule(
        zone in prop::sample::select(vec![ZONE, "Europe/Madrid", "America/New_York"]),
        policy in prop::sample::select(vec!["complaint_closed", "complaint_open", "delivered"]),
        steps in prop::collection::vec((0u64..100_000, any_verb()), 0..40),
    ) {
        let (mut desk, reach) = (Desk::new(), reach(zone));
        let (id, what) = (desk.id(), desk.closed_complaint());
        let policy = desk.policy(policy);
        let owed = Revisit::owe(&desk.context(), id, policy, &what, &desk.calendar, None);
        let (mut revisit, told) = owed.unwrap();
        let company = Zone::named(ZONE).unwrap();
        let (mut counts, mut running) = (BTreeMap::new(), Running::default());
        fold(&mut counts, &told, &company);
        let any = |event: &NewEvent| events::AnyRevisitEvent::decode(event.payload.as_slice()).unwrap();
        told.iter().for_each(|event| running.fold(&any(event)));
        for (seconds, verb) in steps {
            desk.pass(seconds);
            let before = revisit.clone();
            let Ok((after, told)) = act(&mut desk, &revisit, &verb, &reach) else { continue };
            prop_assert!(!told.is_empty() || after == before, "a change without an event: {verb:?}");
            let mut facts = before.facts();
            for event in &told {
                let event = any(event);
                running.fold(&event);
                let (now, former) = (event.facts.unwrap(), event.former.unwrap());
                prop_assert_eq!(now.before(&former), facts, "former facts lead back");
                facts = now;
            }
            prop_assert_eq!(facts, after.facts(), "the last event tells how it is");
            prop_assert!(before.breached_at.is_none() || after.breached_at == before.breached_at);
            let over = before.state.is_over() && after.state != before.state;
            prop_assert!(!over, "{verb:?} took up what was over");
            if matches!(verb, Verb::Fire) {
                prop_assert!(after.wakes_at().is_none_or(|at| at > desk.now), "all that passed was told");
            }
            fold(&mut counts, &told, &company);
            revisit = after;
            check(&revisit, &reach);
        }
        let by_hand = Covered::of(&revisit.facts());
        let folded: Vec<Covered> = counts.into_values().collect();
        prop_assert_eq!(folded, [by_hand]);
        let explained = revisit.explain(
            Some(&desk.policy(&revisit.policy).rule), &desk.calendars(), desk.now,
        );
        prop_assert!(explained.unwrap().len() >= 4);
    }
}
