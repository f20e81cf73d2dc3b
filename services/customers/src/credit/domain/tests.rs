//! Facts about credit, in tests.

use std::time::Duration;

use kefu_api_events::v1 as events;
use kefu_kernel::{Currency, Fault, Money, NewEvent, Timestamp};
use proptest::prelude::*;
use prost::{Message, Name};
use uuid::Uuid;

use super::words::{Grade, Refusal, Terms};
use super::{Arrears, Asked, Credit, Error, Investigation};
use crate::domain::Context;

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);
const CONTEXT: Context<'static> = Context { now: NOW, actor: "person_agent" };

fn yuan(fen: i64) -> Money {
    Money::new(fen, Currency::CNY)
}

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn unknown() -> Credit {
    Credit::unknown(Uuid::from_u128(1).into(), None, NOW)
}

fn found(grade: Grade, limit: Option<Money>) -> Investigation {
    Investigation {
        grade,
        limit,
        cash_on_delivery_allowed: true,
        source: "bureau".into(),
        valid_until: Some(later(60)),
        findings: "pays".into(),
    }
}

fn trusted(limit: i64) -> Credit {
    unknown().investigate(&CONTEXT, found(Grade::A, Some(yuan(limit)))).unwrap().0
}

fn owes(fen: i64) -> Arrears {
    let due_since = NOW.minus(Duration::from_secs(60));
    Arrears { region: "wuhan".into(), amount: yuan(fen), due_since }
}

fn asks(terms: Terms, fen: i64) -> Asked {
    Asked { terms, amount: yuan(fen), used: None, blocked: false }
}

fn refusals(credit: &Credit, asked: &Asked, now: Timestamp) -> Vec<Refusal> {
    credit.check(asked, now).unwrap().refusals.into_iter().collect()
}

fn only<P: Message + Name + Default>(told: &[NewEvent]) -> P {
    let [event] = told else { panic!("one event") };
    assert_eq!(event.type_name, P::full_name());
    P::decode(event.payload.as_slice()).unwrap()
}

#[test]
fn who_was_never_investigated_pays_before_or_at_the_door() {
    let credit = unknown();
    assert_eq!(refusals(&credit, &asks(Terms::Prepaid, 100), NOW), []);
    assert_eq!(refusals(&credit, &asks(Terms::CashOnDelivery, 100), NOW), []);
    assert_eq!(refusals(&credit, &asks(Terms::OnAccount, 100), NOW), [Refusal::NoLimit]);
}

#[test]
fn every_reason_is_told_at_once() {
    let credit = trusted(1000).set_arrears(&CONTEXT, vec![owes(5)]).unwrap().0;
    let credit = credit.hold(&CONTEXT, "arrears".into(), None).unwrap().0;
    let asked = Asked { blocked: true, ..asks(Terms::OnAccount, 2000) };
    assert_eq!(
        refusals(&credit, &asked, later(60)),
        [
            Refusal::Blocked,
            Refusal::Held,
            Refusal::LimitExceeded,
            Refusal::OutOfDate,
            Refusal::Arrears
        ]
    );
    assert_eq!(refusals(&credit, &asks(Terms::CashOnDelivery, 1), NOW), [Refusal::Held]);
    assert_eq!(refusals(&credit, &asks(Terms::Prepaid, 1), NOW), []);
    let euros = Asked { amount: Money::new(1, Currency::EUR), ..asks(Terms::OnAccount, 0) };
    assert!(refusals(&trusted(10), &euros, NOW).contains(&Refusal::NoLimit));
    let no_cash = Investigation { cash_on_delivery_allowed: false, ..found(Grade::C, None) };
    let credit = unknown().investigate(&CONTEXT, no_cash).unwrap().0;
    assert_eq!(
        refusals(&credit, &asks(Terms::CashOnDelivery, 1), NOW),
        [Refusal::NoCashOnDelivery]
    );
}

proptest! {
    #[test]
    fn what_is_allowed_on_account_never_passes_the_limit(
        (limit, used, amount) in (0i64..1000, 0i64..1200, 0i64..1200),
    ) {
        let asked = Asked { used: Some(yuan(used)), ..asks(Terms::OnAccount, amount) };
        let answer = trusted(limit).check(&asked, NOW).unwrap();
        prop_assert_eq!(answer.is_allowed(), used + amount <= limit);
        prop_assert_eq!(answer.remaining, Some(yuan((limit - used - amount).max(0))));
        let less = Asked { amount: yuan(amount / 2), ..asked };
        prop_assert!(!answer.is_allowed() || trusted(limit).check(&less, NOW).unwrap().is_allowed());
    }
}

#[test]
fn the_first_event_of_a_credit_has_no_former_facts_and_the_next_has() {
    let (mut credit, told) =
        unknown().investigate(&CONTEXT, found(Grade::B, Some(yuan(9)))).unwrap();
    let first: events::CreditInvestigated = only(&told);
    assert!(first.former.is_none() && first.source == "bureau");
    assert_eq!(first.facts.unwrap().grade(), events::CreditGrade::B);
    credit.head.version = 1;
    let (credit, told) = credit.set_arrears(&CONTEXT, vec![owes(7)]).unwrap();
    let set: events::CreditArrearsSet = only(&told);
    assert_eq!(set.facts.unwrap().overdue.unwrap().minor_units, 7);
    assert!(set.former.is_some() && set.oldest_due_since.is_some());
    assert_eq!(told[0].changed, ["arrears"]);
    assert!(credit.set_arrears(&CONTEXT, vec![owes(7)]).unwrap().1.is_empty());
    assert_eq!(credit.set_arrears(&CONTEXT, vec![]).unwrap().0.overdue(), None);
}

#[test]
fn what_cannot_be_is_refused() {
    let reason = |decision: super::Decision| decision.unwrap_err().reason();
    let credit = trusted(1000);
    let investigate = |found| reason(credit.investigate(&CONTEXT, found));
    assert_eq!(investigate(found(Grade::A, Some(yuan(-1)))), "AMOUNT_INVALID");
    assert_eq!(investigate(found(Grade::D, Some(yuan(1)))), "AMOUNT_INVALID");
    let over = Investigation { valid_until: Some(NOW), ..found(Grade::A, None) };
    assert_eq!(investigate(over), "TIME_OUT_OF_RANGE");
    let indebted = unknown().set_arrears(&CONTEXT, vec![owes(1)]).unwrap().0;
    let euros = found(Grade::A, Some(Money::new(1, Currency::EUR)));
    assert_eq!(reason(indebted.investigate(&CONTEXT, euros)), "AMOUNT_INVALID");
    let arrears = |list| reason(credit.set_arrears(&CONTEXT, list));
    assert_eq!(arrears(vec![owes(0)]), "AMOUNT_INVALID");
    let euros = Arrears { amount: Money::new(1, Currency::EUR), ..owes(1) };
    assert_eq!(arrears(vec![euros]), "AMOUNT_INVALID");
    assert_eq!(arrears(vec![Arrears { due_since: later(1), ..owes(1) }]), "TIME_OUT_OF_RANGE");
    assert_eq!(arrears(vec![owes(1), owes(2)]), "VALIDATION_FAILED");
    let much = |region: &str| Arrears { region: region.into(), ..owes(i64::MAX) };
    assert_eq!(arrears(vec![much("a"), much("b")]), "AMOUNT_TOO_LARGE");
    assert_eq!(reason(credit.hold(&CONTEXT, "x".into(), Some(NOW))), "TIME_OUT_OF_RANGE");
    let negative = credit.check(&asks(Terms::Prepaid, -1), NOW).unwrap_err();
    assert_eq!(negative.reason(), "AMOUNT_INVALID");
}

#[test]
fn a_hold_ends_by_hand_or_in_time() {
    let credit = trusted(10);
    assert!(matches!(credit.release(), Err(Error::NotHeld(_))));
    let (held, told) = credit.hold(&CONTEXT, "dispute".into(), Some(later(9))).unwrap();
    assert_eq!(only::<events::CreditHeld>(&told).facts.unwrap().hold_reason, "dispute");
    assert_eq!(held.wakes_at(), Some(later(9)));
    assert!(held.is_held(NOW) && !held.is_held(later(9)));
    assert!(held.expire_hold(NOW).unwrap().1.is_empty());
    let (free, told) = held.expire_hold(later(9)).unwrap();
    assert_eq!((free.hold, told.len()), (None, 1));
    let (free, told) = held.release().unwrap();
    assert_eq!(only::<events::CreditHoldReleased>(&told).facts.unwrap().hold_reason, "");
    assert_eq!(free.wakes_at(), None);
}
