//! Facts about traces: each refusal, the two clocks, the claim, and random walks.

use kefu_api_events::v1 as events;
use kefu_kernel::Fault;
use proptest::prelude::*;
use prost::Message;
use uuid::Uuid;

use super::words::{TraceKind, TraceOutcome as Outcome, TraceState as State};
use super::{
    Addressee, Conclude, Count, Decision, EvidenceFile, New, NewFinding, Proof, Signature, Trace,
};
use crate::domain::Context;
use crate::domain::testing::{at, check_events, clocks, names};
use crate::domain::words::{Channel, ResponsibleParty};

fn context(hours: u64) -> Context<'static> {
    Context { now: at(hours), actor: "person_specialist" }
}

fn outlet() -> Addressee {
    Addressee::Department(Uuid::from_u128(30).into())
}

fn request(addressee: Option<Addressee>) -> Decision {
    let new = New {
        id: Uuid::from_u128(1).into(),
        number: 1,
        kind: TraceKind::Count,
        shipment: Uuid::from_u128(2).into(),
        order: None,
        customer: None,
        branch: None,
        pieces: Vec::new(),
        ticket: None,
        reason: "customer_complains".into(),
        question: "Are all of them there?".into(),
        addressee,
        asked_by: "person_agent".into(),
    };
    Trace::request(&context(0), &clocks(), new)
}

fn sent() -> Trace {
    request(Some(outlet())).unwrap().0
}

fn counted(expected: i64, counted: i64, damaged: i64) -> NewFinding {
    let counts = vec![Count { expected, counted, damaged, ..Count::default() }];
    NewFinding { counts, note: "Counted twice".into(), ..NewFinding::default() }
}

fn found() -> Trace {
    sent().record_finding(&context(1), &clocks(), counted(10, 8, 1)).unwrap().0
}

fn truth(outcome: Outcome, short: i64, damaged: i64, prepare_claim: bool) -> Conclude {
    Conclude {
        outcome,
        responsible: Some(ResponsibleParty::Carrier),
        responsible_unit: None,
        cause: "handling".into(),
        short,
        damaged,
        grounds: "As counted".into(),
        prepare_claim,
    }
}

fn conclude(trace: &Trace, with: Conclude) -> Decision {
    trace.conclude(&context(2), &clocks(), with)
}

fn proof(kind: &str, hash: char, signatures: usize, finding: i32) -> Proof {
    let file = EvidenceFile {
        sha256: hash.to_string().repeat(64),
        media_type: "image/jpeg".into(),
        size_bytes: 1,
        name: String::new(),
        shows: "outer".into(),
        taken_at: None,
        storage_key: String::new(),
    };
    let signed = Signature {
        role: "driver".into(),
        name: "Zhao".into(),
        signed_at: at(0),
        under_protest: false,
    };
    Proof {
        id: Uuid::from_u128(hash as u128).into(),
        kind: kind.into(),
        finding,
        statement: String::new(),
        files: vec![file],
        signatures: vec![signed; signatures],
        drawn_up_at: at(0),
        recorded_by: "person_specialist".into(),
        recorded_at: at(0),
    }
}

#[track_caller]
fn refused(decision: Decision, reason: &str) {
    assert_eq!(decision.unwrap_err().reason(), reason);
}

#[test]
fn a_trace_goes_from_the_question_to_the_customer() {
    let (trace, told) = request(Some(outlet())).unwrap();
    assert_eq!(names(&told), ["TraceRequested", "TraceSent"]);
    let (trace, _) = trace.record_finding(&context(1), &clocks(), counted(10, 8, 1)).unwrap();
    let (trace, told) = conclude(&trace, truth(Outcome::Short, 2, 1, true)).unwrap();
    let concluded = events::TraceConcluded::decode(told[0].payload.as_slice()).unwrap();
    assert!(concluded.claim_suggested);
    let claim = Uuid::from_u128(90).into();
    let (trace, told) = trace.claim_prepared(&context(2), &clocks(), claim).unwrap();
    assert_eq!(names(&told), ["TraceClaimPrepared"]);
    let again = trace.claim_prepared(&context(2), &clocks(), Uuid::from_u128(91).into()).unwrap();
    assert_eq!(
        (again.1.len(), again.0.claim),
        (0, Some(claim)),
        "one claim, however often it is told"
    );
    let (trace, told) = trace.answer(&context(3), &clocks(), "Two are missing".into()).unwrap();
    let answered = events::TraceAnswered::decode(told[0].payload.as_slice()).unwrap();
    let became: Vec<_> = answered.clock_changes.iter().map(events::ClockChange::kind).collect();
    assert_eq!(became, [events::ClockChangeKind::Met, events::ClockChangeKind::Started]);
    let (trace, told) =
        trace.close(&context(4), &clocks(), Channel::Phone, None, "Wants it back".into()).unwrap();
    assert_eq!((names(&told), trace.state), (vec!["TraceClosed"], State::Closed));
    assert_eq!(trace.wakes_at(), None);
}

#[test]
fn the_clock_of_the_answer_warns_and_breaches_in_working_time() {
    // Two days of nine hours from Monday 10:00: Wednesday 10:00; 80 percent of it on Tuesday at 15:24.
    let trace = sent();
    let (trace, told) = trace.fire_clocks(&context(30), &clocks()).unwrap();
    assert_eq!(names(&told), ["TraceClockWarned"]);
    let (trace, told) = trace.fire_clocks(&context(48), &clocks()).unwrap();
    assert_eq!(names(&told), ["TraceClockBreached"]);
    assert!(trace.fire_clocks(&context(49), &clocks()).unwrap().1.is_empty());
    let (_, told) =
        sent().assign(&context(50), &clocks(), Some(Uuid::from_u128(5).into())).unwrap();
    assert_eq!(names(&told), ["TraceClockBreached", "TraceAssigned"], "the last rung is told");
}

#[test]
fn another_one_may_be_asked_and_what_was_found_stays() {
    let carrier = Addressee::Carrier("dhx".into());
    let (trace, told) = found().send(&context(2), &clocks(), carrier.clone()).unwrap();
    let sent = events::TraceSent::decode(told[0].payload.as_slice()).unwrap();
    assert!(sent.again && sent.facts.unwrap().carrier == "dhx");
    assert_eq!((trace.state, trace.findings.len()), (State::Found, 1));
    let (trace, _) = trace.record_finding(&context(3), &clocks(), counted(10, 10, 0)).unwrap();
    assert_eq!(trace.findings[1].found_by, Some(carrier));
}

#[test]
fn counts_that_cannot_be_are_refused() {
    let find = |finding| sent().record_finding(&context(1), &clocks(), finding);
    refused(find(counted(10, 8, 9)), "TRACE_COUNTS_INVALID");
    refused(
        find(NewFinding { inspected_at: Some(at(2)), ..counted(1, 1, 0) }),
        "VALIDATION_FAILED",
    );
    let contradictions = [
        truth(Outcome::Short, 0, 0, false),
        truth(Outcome::Damaged, 0, 0, false),
        truth(Outcome::Intact, 0, 1, false),
        truth(Outcome::Short, 3, 0, false),
        truth(Outcome::Damaged, 0, 2, false),
    ];
    for with in contradictions {
        refused(conclude(&found(), with), "TRACE_COUNTS_INVALID");
    }
    assert!(
        conclude(&found(), truth(Outcome::Lost, 10, 0, false)).is_ok(),
        "the rest was lost, too"
    );
}

#[test]
fn only_what_cannot_be_told_is_concluded_without_a_finding() {
    refused(conclude(&sent(), truth(Outcome::Intact, 0, 0, false)), "TRACE_FINDING_REQUIRED");
    assert!(conclude(&sent(), truth(Outcome::Inconclusive, 0, 0, false)).is_ok());
    refused(conclude(&found(), truth(Outcome::Delivered, 0, 0, true)), "CLAIM_NOT_SUGGESTED");
}

#[test]
fn a_proof_is_signed_and_new() {
    let add = |trace: &Trace, proof| trace.add_proof(&context(1), &clocks(), proof);
    refused(add(&found(), proof("damage", 'a', 1, 0)), "PROOF_NOT_SIGNED");
    let (trace, told) = add(&found(), proof("damage", 'a', 2, 1)).unwrap();
    let added = events::TraceProofAdded::decode(told[0].payload.as_slice()).unwrap();
    assert_eq!(added.sha256, ["a".repeat(64)]);
    refused(add(&trace, proof("delivery", 'a', 0, 0)), "RESOURCE_EXISTS");
    refused(add(&trace, proof("delivery", 'b', 0, 7)), "UNKNOWN_REFERENCE");
    assert!(add(&trace, proof("delivery", 'b', 0, 0)).is_ok());
}

#[test]
fn the_state_refuses_what_is_out_of_turn() {
    let (asked, _) = request(None).unwrap();
    let reason = "TRACE_STATE_REFUSES";
    refused(asked.record_finding(&context(1), &clocks(), counted(1, 1, 0)), reason);
    refused(asked.answer(&context(1), &clocks(), String::new()), reason);
    refused(found().close(&context(1), &clocks(), Channel::Phone, None, String::new()), reason);
    refused(found().claim_prepared(&context(1), &clocks(), Uuid::from_u128(9).into()), reason);
    let same = sent().assign(&context(1), &clocks(), None);
    refused(same, "ALREADY_ASSIGNED");
    let (gone, told) = found().cancel(&context(1), &clocks(), "goods_found").unwrap();
    assert_eq!((names(&told), gone.wakes_at()), (vec!["TraceCancelled"], None));
    refused(gone.send(&context(2), &clocks(), outlet()), reason);
    refused(gone.add_proof(&context(2), &clocks(), proof("weight", 'c', 0, 0)), reason);
    let (done, _) = conclude(&found(), truth(Outcome::Short, 1, 0, false)).unwrap();
    let (done, _) = done.answer(&context(3), &clocks(), "One is missing".into()).unwrap();
    refused(done.cancel(&context(3), &clocks(), "late"), reason);
    let ahead = done.close(&context(3), &clocks(), Channel::Phone, Some(at(4)), String::new());
    refused(ahead, "VALIDATION_FAILED");
}

fn act(trace: &Trace, verb: u8, number: u8, hours: u64) -> Decision {
    let (context, clocks) = (context(hours), clocks());
    let some = i64::from(number);
    match verb {
        0 => trace.send(&context, &clocks, outlet()),
        1 => trace.assign(&context, &clocks, Some(Uuid::from_u128(number.into()).into())),
        2 => trace.record_finding(&context, &clocks, counted(9, some, 0)),
        3 => trace.add_proof(&context, &clocks, proof("damage", char::from(b'a' + number), 2, 0)),
        4 => {
            let outcome = Outcome::ALL[usize::from(number) % Outcome::ALL.len()];
            trace.conclude(&context, &clocks, truth(outcome, 9 - some, 0, number.is_multiple_of(2)))
        }
        5 => trace.answer(&context, &clocks, "So it is".into()),
        6 => trace.close(&context, &clocks, Channel::Phone, None, String::new()),
        7 if number < 2 => trace.cancel(&context, &clocks, "no_need"),
        8 => trace.claim_prepared(&context, &clocks, Uuid::from_u128(number.into()).into()),
        _ => trace.fire_clocks(&context, &clocks),
    }
}

proptest! {
    #[test]
    fn no_walk_reaches_an_illegal_state(
        verbs in prop::collection::vec((0..10_u8, 0..10_u8, 0..12_u64), 1..30),
    ) {
        let (mut trace, told) = request(None).unwrap();
        check_events(None, &trace, &told);
        let mut hours = 0;
        for (verb, number, passed) in verbs {
            hours += passed;
            let Ok((after, told)) = act(&trace, verb, number, hours) else { continue };
            check_events(Some(&trace), &after, &told);
            let state = after.state;
            let forth = state as u8 >= trace.state as u8;
            prop_assert!(forth && (!trace.state.is_ended() || trace == after || verb == 8));
            let settled = !matches!(state, State::Requested | State::Sent | State::Found);
            prop_assert!(after.conclusion.is_none() || settled);
            prop_assert_eq!(after.ended_at.is_some(), state.is_ended());
            prop_assert_eq!(after.told.is_some(), state == State::Closed);
            prop_assert!(state != State::Found || !after.findings.is_empty());
            prop_assert!(state != State::Sent || after.addressee.is_some());
            let running = after.clocks.iter().filter(|clock| !clock.clock.is_over()).count();
            prop_assert_eq!(running, usize::from(!state.is_ended()));
            trace = after;
        }
    }
}

#[test]
fn what_is_personal_is_overwritten_and_counts_stay() {
    let (trace, _) = found().add_proof(&context(1), &clocks(), proof("damage", 'a', 2, 1)).unwrap();
    let (erased, told) = trace.erase(&context(2), &clocks()).unwrap();
    assert_eq!(names(&told), ["TraceErased"]);
    assert_eq!(erased.findings[0].short(), 2);
    let texts = format!("{erased:?}");
    for personal in ["Are all of them there?", "Counted twice", "Zhao"] {
        assert!(!texts.contains(personal), "{personal}");
    }
}
