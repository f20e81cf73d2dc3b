//! The life of a claim: the usual way, what each step refuses, and its clocks.

use std::collections::BTreeMap;
use std::time::Duration;

use kefu_api_events::Subject;
use kefu_kernel::{Currency, Money};

use super::support::*;
use crate::claim::domain::Claim;
use crate::claim::domain::create::New;
use crate::claim::domain::evidence::Move;
use crate::claim::domain::update::Patch;
use crate::domain::error::Error;
use crate::domain::words::{ClaimType, ClockKind, LinkKind, OfferState, Resolution, State};
use crate::ledger::domain::recovery::{Incoming, NewRecovery};
use crate::offer::domain::Accepted;

#[test]
fn a_claim_goes_from_the_first_word_to_the_last_coin() {
    let mut desk = Desk::new();
    let (mut claim, told) = desk.draft(90_000);
    assert_eq!(names(&told), ["ClaimCreated", "ClaimExposureAdded", "ClaimExposureAdded"]);
    tells_on(None, &told, &claim);
    let mut states = vec![claim.state];
    while claim.state != State::Closed {
        desk.pass(60);
        let before = Subject::facts(&claim);
        let (after, told) = desk.forward(&claim, 60_000).unwrap();
        tells_on(Some(before), &told, &after);
        claim = after;
        if claim.state == State::Paid && claim.recoveries.is_empty() {
            let (against, against_code) = (crate::domain::words::Party::Carrier, "acme".into());
            let (exposure, amount) = (claim.exposures[0].id, eur(50_000));
            let new = NewRecovery { exposure, against, against_code, amount };
            claim = desk.by(SPECIALIST, |c| claim.open_recovery(c, new)).unwrap().0;
            let id = claim.recoveries[0].id;
            let told = received(Incoming::Recovery(id), 40_000, "r1");
            claim = desk.by(SPECIALIST, |c| claim.record_recovery(c, told)).unwrap().0;
        }
        states.push(claim.state);
    }
    states.dedup();
    use State::{
        Acknowledged, Assessed, Closed, Draft, Investigating, Negotiating, PartlyApproved,
        Recovery, SettlementDue, Submitted,
    };
    let usual = [
        Draft,
        Submitted,
        Acknowledged,
        Investigating,
        Assessed,
        Negotiating,
        PartlyApproved,
        SettlementDue,
        Recovery,
        Closed,
    ];
    assert_eq!(states, usual);
    let total = claim.ledger.total();
    assert_eq!((total.paid, total.recovered, total.incurred()), (60_000, 40_000, 20_000));
    assert_eq!(claim.recoveries[0].written_off, 10_000);
    let (again, _) = desk.forward(&claim, 0).unwrap();
    assert_eq!((again.state, again.episode), (State::Reopened, 2));
    assert_eq!(again.ledger, claim.ledger, "balances are those of the entries");
}

#[test]
fn a_draft_is_filed_when_it_has_what_it_needs() {
    let desk = Desk::new();
    let bare = New { lines: Vec::new(), claimant: None, ..desk.about(ClaimType::Loss, 1) };
    let (claim, _) = desk.by(AGENT, |c| Claim::create(c, bare)).unwrap();
    let refused = desk.by(AGENT, |c| claim.submit(c)).unwrap_err();
    assert_eq!(refused, Error::Incomplete(vec!["claimant", "lines"]));
}

#[test]
fn a_claim_that_came_too_late_is_investigated_only_once_that_is_waived() {
    let mut desk = Desk::new();
    let new = desk.about(ClaimType::Delay, 5_000);
    desk.pass(366 * 24 * 60);
    let (claim, _) = desk.by(AGENT, |c| Claim::create(c, new)).unwrap();
    let (claim, _) = desk.by(AGENT, |c| claim.submit(c)).unwrap();
    assert!(claim.out_of_time);
    let claim = desk.forward(&claim, 0).unwrap().0;
    let claim = desk.forward(&claim, 0).unwrap().0;
    assert_eq!(desk.forward(&claim, 0).unwrap_err(), Error::OutOfTime);
    let waiver = proposal(crate::domain::words::DecisionKind::TimeLimitWaiver, None);
    let (waits, _) = desk.by(SPECIALIST, |c| claim.propose(c, waiver.clone())).unwrap();
    assert!(waits.out_of_time && waits.state == State::Acknowledged);
    let id = waits.decisions[0].id;
    let (claim, _) = desk.by(SUPERVISOR, |c| waits.sign(c, id, None)).unwrap();
    assert_eq!(desk.forward(&claim, 0).unwrap().0.state, State::Investigating);
}

#[test]
fn amounts_are_of_the_claims_currency_and_above_zero() {
    let desk = Desk::new();
    let mut new = desk.about(ClaimType::Loss, 1);
    new.lines[0].claimed = Money::new(5, Currency::USD);
    let refused = desk.by(AGENT, |c| Claim::create(c, new)).unwrap_err();
    assert_eq!(kefu_kernel::Fault::reason(&refused), "CURRENCY_MISMATCH");
    let new = desk.about(ClaimType::Loss, 0);
    assert!(matches!(desk.by(AGENT, |c| Claim::create(c, new)), Err(Error::Invalid(_))));
}

#[test]
fn waiting_for_documents_pauses_our_clock_and_never_the_laws() {
    let mut desk = Desk::new();
    let claim = desk.at(State::Investigating, 5_000, 0);
    let due =
        |claim: &Claim, kind| claim.clocks.iter().find(|clock| clock.kind == kind).unwrap().due_at;
    let (decision, law) = (ClockKind::ClaimDecision, ClockKind::ClaimLegal);
    let before = (due(&claim, decision).unwrap(), due(&claim, law));
    let until = desk.now.plus(Duration::from_secs(5 * 86_400));
    let items = ["promise".to_owned(), "delivery_proof".to_owned()];
    let (claim, _) = desk
        .by(SPECIALIST, |c| claim.request_documents(c, &items, until, "Please.".into()))
        .unwrap();
    assert_eq!((due(&claim, decision), due(&claim, law)), (None, before.1));
    desk.pass(24 * 60);
    let add = |claim: &Claim, kind: &str| {
        desk.by(AGENT, |c| claim.add_evidence(c, vec![file(kind, kind)], &BTreeMap::new())).unwrap()
    };
    let (claim, _) = add(&claim, "promise");
    assert_eq!(claim.state, State::AwaitingDocuments);
    let (claim, told) = add(&claim, "pod");
    assert_eq!(names(&told), ["ClaimEvidenceAdded", "ClaimInvestigationResumed"]);
    let moved = before.0.plus(Duration::from_secs(86_400));
    assert_eq!((due(&claim, decision), due(&claim, law)), (Some(moved), before.1));
}

#[test]
fn when_the_time_to_hand_something_in_is_over_the_claim_goes_on() {
    let mut desk = Desk::new();
    let claim = desk.at(State::Investigating, 5_000, 0);
    let until = desk.now.plus(Duration::from_secs(60));
    let items = ["promise".to_owned()];
    let (claim, _) =
        desk.by(SPECIALIST, |c| claim.request_documents(c, &items, until, String::new())).unwrap();
    assert_eq!(claim.wakes_at(), Some(until));
    assert!(desk.by_principal("timer", |c| claim.wake(c)).unwrap().1.is_empty());
    desk.pass(1);
    let (claim, told) = desk.by_principal("timer", |c| claim.wake(c)).unwrap();
    assert_eq!(
        (claim.state, names(&told)),
        (State::Investigating, vec!["ClaimInvestigationResumed"])
    );
    assert!(desk.by_principal("timer", |c| claim.wake(c)).unwrap().1.is_empty(), "once");
}

#[test]
fn a_clock_that_runs_out_tells_so_before_what_comes_after() {
    let mut desk = Desk::new();
    let claim = desk.at(State::Submitted, 5_000, 0);
    desk.pass(7 * 24 * 60);
    let (claim, told) = desk.forward(&claim, 0).unwrap();
    assert_eq!(names(&told), ["ClaimClockBreached", "ClaimAcknowledged"]);
    assert!(claim.breached);
}

#[test]
fn evidence_is_kept_once_and_custody_ends_with_its_destruction() {
    let desk = Desk::new();
    let claim = desk.at(State::Submitted, 5_000, 0);
    let other = desk.id();
    let new = file("photo_outer", "a");
    let reused = BTreeMap::from([(new.sha256.clone(), vec![other])]);
    let add = |claim: &Claim| desk.by(AGENT, |c| claim.add_evidence(c, vec![new.clone()], &reused));
    let (claim, told) = add(&claim).unwrap();
    assert_eq!(names(&told), ["ClaimEvidenceAdded", "ClaimLinked"]);
    assert!(claim.links[0].suggested && claim.links[0].other == other);
    assert!(matches!(add(&claim), Err(Error::Exists { kind: "evidence", .. })));
    let id = claim.evidence[0].id;
    let moved = |claim: &Claim, action: &str| {
        let (holder, place, note) = ("store".to_owned(), String::new(), String::new());
        let moved = Move { action: action.into(), holder, place, note, at: None };
        desk.by(AGENT, |c| claim.record_custody(c, id, moved))
    };
    let (claim, _) = moved(&claim, "stored").unwrap();
    let (claim, _) = moved(&claim, "destroyed").unwrap();
    assert_eq!(moved(&claim, "returned").unwrap_err(), Error::EvidenceDestroyed);
    let (claim, _) = desk.by(HEAD, |c| claim.withdraw_evidence(c, id, "mistake")).unwrap();
    let again = desk.by(HEAD, |c| claim.withdraw_evidence(c, id, "mistake")).unwrap_err();
    assert_eq!(again, Error::EvidenceWithdrawn);
}

#[test]
fn an_assessment_waits_for_the_checklist_and_shares_the_whole() {
    let desk = Desk::new();
    let claim = desk.at(State::Investigating, 5_000, 0);
    let assess = |claim: &Claim, found| desk.by(SPECIALIST, |c| claim.assess(c, found));
    let found = findings(&claim, None, Vec::new());
    let open = vec!["promise".to_owned(), "delivery_proof".to_owned()];
    assert_eq!(assess(&claim, found.clone()).unwrap_err(), Error::ChecklistOpen(open));
    let waive = |claim: &Claim, item: &str| desk.by(HEAD, |c| claim.waive_item(c, item, "known"));
    let (claim, _) = waive(&claim, "promise").unwrap();
    let (claim, _) = waive(&claim, "delivery_proof").unwrap();
    let mut wrong = found.clone();
    wrong.shares[0].basis_points = 9_999;
    assert_eq!(assess(&claim, wrong).unwrap_err(), Error::SharesInvalid);
    let mut wrong = found.clone();
    wrong.lines[0].assessed = eur(5_001);
    assert_eq!(assess(&claim, wrong).unwrap_err(), Error::AboveClaimed);
    let mut wrong = found.clone();
    wrong.cap = Some(eur(4_999));
    assert_eq!(assess(&claim, wrong).unwrap_err(), Error::AboveCap { cap: 4_999, currency: "EUR" });
    let (claim, _) = assess(&claim, found).unwrap();
    let lines = Some(vec![line(9_000, 1)]);
    let refused = desk.by(AGENT, |c| claim.update(c, Patch { lines, ..Patch::default() }));
    assert_eq!(refused.unwrap_err(), Error::StateRefuses(State::Assessed));
}

#[test]
fn one_offer_is_open_at_a_time_and_an_old_one_is_not_accepted() {
    let mut desk = Desk::new();
    let claim = desk.at(State::Negotiating, 50_000, 20_000);
    let first = claim.offers[0].id;
    assert_eq!(desk.offer(&claim, SPECIALIST, 1).unwrap_err(), Error::OfferOpen(first));
    let counter = new_offer(desk.id(), 30_000, None);
    let (claim, _) = desk.by(SPECIALIST, |c| claim.record_counter_offer(c, counter)).unwrap();
    assert_eq!(claim.offers[0].state, OfferState::Countered);
    let accept = |desk: &Desk, claim: &Claim, offer, by_link| {
        let accepted = Accepted { offer, channel: None, by_link };
        desk.by(SPECIALIST, |c| claim.accept_offer(c, accepted))
    };
    let refused = accept(&desk, &claim, first, false).unwrap_err();
    assert_eq!(refused, Error::OfferNotOpen(OfferState::Countered));
    desk.pass(31 * 24 * 60);
    let second = claim.offers[1].id;
    let refused = accept(&desk, &claim, second, false).unwrap_err();
    assert_eq!(refused, Error::OfferNotOpen(OfferState::Expired));
    let (claim, told) = desk.by_principal("timer", |c| claim.wake(c)).unwrap();
    assert!(names(&told).contains(&"ClaimOfferExpired"));
    let (claim, _) = desk.offer(&claim, SPECIALIST, 25_000).unwrap();
    let third = claim.offers[2].id;
    let (claim, told) = accept(&desk, &claim, third, true).unwrap();
    assert_eq!(names(&told), ["ClaimOfferAccepted", "ClaimDecisionSigned", "ClaimPosted"]);
    let (same, told) = accept(&desk, &claim, third, true).unwrap();
    assert_eq!((same, told), (claim, Vec::new()), "a second time by the link tells the same");
}

#[test]
fn an_appeal_goes_to_somebody_else_in_time_and_not_for_ever() {
    let mut desk = Desk::new();
    let denied = |desk: &Desk, claim: &Claim| {
        let denial = proposal(crate::domain::words::DecisionKind::Denial, None);
        let handler = kefu_kernel::Id::uuid(claim.handler.unwrap()).as_u128();
        let (claim, _) = desk.by(handler, |c| claim.propose(c, denial)).unwrap();
        desk.by(SUPERVISOR, |c| claim.sign(c, claim.decisions.last().unwrap().id, None)).unwrap().0
    };
    let claim = denied(&desk, &desk.at(State::Assessed, 5_000, 0));
    let appeal = |desk: &Desk, claim: &Claim, who| {
        desk.by(AGENT, |c| claim.appeal(c, person(who), "new_evidence", "No.".into()))
    };
    for who in [SPECIALIST, SUPERVISOR] {
        assert_eq!(appeal(&desk, &claim, who).unwrap_err(), Error::SecondHandlerRequired);
    }
    let (appealed, _) = appeal(&desk, &claim, SECOND).unwrap();
    assert_eq!((appealed.state, appealed.episode), (State::Appealed, 2));
    let back = desk.by(SUPERVISOR, |c| appealed.assign(c, Some(person(SPECIALIST)), ""));
    assert_eq!(back.unwrap_err(), Error::SecondHandlerRequired);
    desk.pass(31 * 24 * 60);
    assert!(matches!(appeal(&desk, &claim, SECOND), Err(Error::AppealTooLate(_))));
    let mut used_up = claim;
    used_up.appeals = 2;
    used_up.decided_at = Some(desk.now);
    assert_eq!(appeal(&desk, &used_up, SECOND).unwrap_err(), Error::AppealsUsedUp);
}

#[test]
fn a_claim_closes_only_as_it_is_and_with_nothing_on_the_way() {
    let desk = Desk::new();
    let close = |claim: &Claim, how| desk.by(SPECIALIST, |c| claim.close(c, how, String::new()));
    let claim = desk.at(State::Investigating, 5_000, 0);
    for how in
        [Resolution::Settled, Resolution::Denied, Resolution::Duplicate, Resolution::OutOfTime]
    {
        assert!(matches!(close(&claim, how), Err(Error::ResolutionNotTrue(_))), "{how:?}");
    }
    let other = desk.at(State::Submitted, 5_000, 0);
    let (linked, _) = desk.by(AGENT, |c| claim.link(c, LinkKind::DuplicateOf, &other)).unwrap();
    let circle = desk.by(AGENT, |c| other.link(c, LinkKind::DuplicateOf, &linked)).unwrap_err();
    assert!(matches!(circle, Error::LinkNotAllowed(_)));
    assert_eq!(close(&linked, Resolution::Duplicate).unwrap().0.state, State::Closed);
    let set = |amount| {
        desk.by(SPECIALIST, |c| claim.set_reserve(c, claim.exposures[0].id, eur(amount), "known"))
    };
    let (held, _) = set(100).unwrap();
    assert_eq!(close(&held, Resolution::NoLoss).unwrap_err(), Error::LedgerNotClear("reserved"));
    let (waits, _) = set(100_000).unwrap();
    let (gone, told) = desk.by(AGENT, |c| waits.withdraw(c, "")).unwrap();
    assert_eq!(names(&told), ["ClaimDecisionWithdrawn", "ClaimPosted", "ClaimWithdrawn"]);
    assert_eq!(gone.not_clear(), None);
}

#[test]
fn an_erased_claim_has_nothing_personal_left() {
    let desk = Desk::new();
    let claim = desk.at(State::SettlementDue, 50_000, 20_000);
    let (erased, told) = desk.by_principal("event", |c| claim.erase(c)).unwrap();
    assert_eq!(names(&told), ["ClaimErased"]);
    let text = format!("{erased:?}");
    for personal in ["Li Wei", "Porcelain", "crushed.", "front.jpg", "We offer", "As found", "3000"]
    {
        assert!(!text.contains(personal), "{personal} is still there");
    }
    assert!(desk.by_principal("event", |c| erased.erase(c)).unwrap().1.is_empty());
}
