//! Facts about orders: each refusal, what each verb tells, and random walks that reach no illegal state.

mod refusals;
mod support;
mod walks;

use kefu_api_events::{Subject, v1 as events};
use prost::Message;

use self::support::{
    at, check_all, cny, confirmed, credit, desk, draft, handed_over, names, stands,
};
use super::words::{CheckKind, CheckResult, OrderState, PaymentTerms};
use super::{Cancel, Confirm, Order, OrderTypes, Patch};
use crate::domain::words::ShipmentStatus as Status;

#[test]
fn the_shipped_types_hold_together() {
    let types = OrderTypes::shipped().unwrap();
    let codes: Vec<&str> = types.iter().map(|kind| kind.code.as_str()).collect();
    assert_eq!(codes, ["transport", "goods", "service", "reservation"]);
}

#[test]
fn types_that_contradict_themselves_are_refused_in_a_sentence() {
    let shipped = include_str!("types.toml");
    let refused =
        |from: &str, to: &str| OrderTypes::parse(&shipped.replacen(from, to, 1)).unwrap_err();
    assert!(refused("\"parties.sender.phone\"", "\"parties.sender.hat\"").contains("hat"));
    assert!(refused("\"goods\", \"payment", "\"fields.hat\", \"payment").contains("hat"));
    assert!(refused("[\"instructions\", \"pickup_window\"]", "[\"state\"]").contains("`state`"));
    assert!(refused("[\"handed_over\"], perm", "[\"draft\"], perm").contains("two rules"));
    assert!(refused("\"in_progress\"", "\"cancelled\"").contains("never changes"));
    assert!(refused("code = \"goods\"", "code = \"transport\"").contains("twice"));
}

#[test]
fn an_order_goes_from_draft_to_the_end_of_its_shipments() {
    let order = handed_over();
    let step = |order: &Order, id, status| {
        let (after, told) = order.progress(&desk(), stands::id(id), stands::at(status)).unwrap();
        assert_eq!(names(&told), ["OrderProgressed"]);
        after
    };
    let order = step(&order, 1, Status::Unknown);
    assert_eq!(order.state, OrderState::HandedOver);
    let order = step(&order, 2, Status::InTransit);
    assert_eq!(order.state, OrderState::InProgress);
    let order = step(&order, 2, Status::Delivered);
    assert_eq!(order.state, OrderState::InProgress, "the other has not ended");
    let fulfilled = step(&order, 1, Status::Cancelled);
    assert_eq!(fulfilled.state, OrderState::Fulfilled);
    assert!(fulfilled.ended_at.is_some());
    let again = step(&fulfilled, 2, Status::OutForDelivery);
    assert_eq!(
        (again.state, again.ended_at),
        (OrderState::InProgress, None),
        "a scan was taken back"
    );
    let failed = step(&again, 2, Status::Lost);
    assert_eq!(failed.state, OrderState::Failed);
    let same = failed.progress(&desk(), stands::id(2), stands::at(Status::Lost)).unwrap();
    assert!(same.1.is_empty(), "nothing new is no event");
}

#[test]
fn a_change_of_what_was_checked_takes_the_check_away() {
    let mut parties = draft().parties;
    parties[1].phone = "+8613900000000".into();
    let patch = Patch { parties: Some(parties), ..Patch::default() };
    let order = confirmed();
    let (after, told) = order.update(&desk(), &support::types(), patch, &|_| true).unwrap();
    assert_eq!((after.state, after.confirmed_at), (OrderState::Draft, None));
    assert!(!after.checks.contains_key(&CheckKind::Contact));
    assert!(after.checks.contains_key(&CheckKind::Address));
    let told = events::OrderUpdated::decode(told[0].payload.as_slice()).unwrap();
    assert_eq!(told.withdrawn_checks, [i32::from(events::OrderCheckKind::Contact)]);
    assert_eq!(told.former.unwrap().state, Some(events::OrderState::Confirmed.into()));
}

#[test]
fn what_no_check_covers_leaves_an_order_confirmed() {
    let patch = Patch { language: Some("es".into()), ..Patch::default() };
    let (after, told) =
        confirmed().update(&desk(), &support::types(), patch.clone(), &|_| true).unwrap();
    assert_eq!(
        (after.state, told[0].changed.as_slice()),
        (OrderState::Confirmed, &["language".into()][..])
    );
    let (_, told) = after.update(&desk(), &support::types(), patch, &|_| true).unwrap();
    assert!(told.is_empty());
}

#[test]
fn another_amount_on_account_asks_for_credit_anew() {
    let order = support::on_account();
    assert_eq!(order.credit_taken(), 10_000);
    let patch = Patch { price: Some(cny(20_000)), ..Patch::default() };
    let (after, _) = order.update(&desk(), &support::types(), patch, &|_| true).unwrap();
    assert_eq!((after.state, after.credit_taken()), (OrderState::Draft, 0));
    assert!(after.needs_credit(at(0)).is_some());
}

#[test]
fn an_answer_of_customers_counts_for_an_hour() {
    let mut order = draft();
    order.terms = Some(PaymentTerms::OnAccount);
    let question = order.credit_question().unwrap();
    assert_eq!((question.terms, Some(question.amount)), (PaymentTerms::OnAccount, order.price));
    order.credit = Some(credit(&order, &[]).into());
    assert_eq!(order.needs_credit(at(60)), None);
    assert_eq!(order.needs_credit(at(61)), Some(question));
}

#[test]
fn who_asks_for_nothing_on_credit_is_not_looked_into() {
    let mut order = draft();
    assert_eq!(order.credit_question(), None);
    order.cod = cny(500);
    let question = order.credit_question().unwrap();
    assert_eq!(question.terms, PaymentTerms::CashOnDelivery);
    order.customer = None;
    assert_eq!(order.credit_question(), None);
}

#[test]
fn a_confirmation_against_credit_names_who_and_why() {
    let mut order = check_all(draft());
    order.terms = Some(PaymentTerms::OnAccount);
    let answer = credit(&order, &[super::words::CreditRefusal::Arrears]);
    let with = Confirm {
        credit: Some(answer),
        override_reason: "regular_customer".into(),
        ..Confirm::default()
    };
    let (after, told) = order.confirm(&desk(), &support::types(), with, &|_| true).unwrap();
    let overridden = after.credit.unwrap().overridden.unwrap();
    assert_eq!(overridden, ("regular_customer".to_owned(), "person_agent".to_owned()));
    let told = events::OrderConfirmed::decode(told[0].payload.as_slice()).unwrap();
    assert_eq!(told.credit_override_reason, "regular_customer");
    assert_eq!(told.facts.unwrap().credit_minor_units, 10_000);
}

#[test]
fn orders_that_may_be_the_same_have_a_text_in_common() {
    let order = draft();
    assert_eq!(order.fingerprints_of().len(), 2);
    let mut other = draft();
    other.goods.reverse();
    other.customer = None;
    assert_eq!(other.fingerprints_of(), order.fingerprints_of()[1..]);
    other.goods[0].pieces += 1;
    assert_ne!(other.fingerprints_of(), order.fingerprints_of()[1..]);
    other.goods.clear();
    assert!(other.fingerprints_of().is_empty());
}

#[test]
fn payments_add_up_and_may_be_taken_back() {
    let order = confirmed();
    let (order, told) = support::pay(&order, 1, super::words::PaymentKind::Part, 2_500).unwrap();
    let told = events::OrderPaymentRecorded::decode(told[0].payload.as_slice()).unwrap();
    assert_eq!(told.paid_basis_points, 2_500);
    let (order, _) = support::pay(&order, 2, super::words::PaymentKind::Full, 7_500).unwrap();
    assert_eq!((order.paid(), order.open().unwrap().minor()), (cny(10_000), 0));
    let id = order.payments[0].id;
    let (order, told) =
        order.reverse_payment(&desk(), &support::types(), id, "mistake", &|_| true).unwrap();
    assert_eq!(names(&told), ["OrderPaymentReversed"]);
    assert_eq!(order.open(), cny(2_500));
}

#[test]
fn a_check_that_is_recorded_again_takes_the_place_of_the_first() {
    let (order, _) = draft()
        .record_check(&desk(), CheckKind::Address, CheckResult::Failed, "No such street".into())
        .unwrap();
    let (order, told) = order
        .record_check(&desk(), CheckKind::Address, CheckResult::Passed, String::new())
        .unwrap();
    assert_eq!(order.checks[&CheckKind::Address].result, CheckResult::Passed);
    assert_eq!(names(&told), ["OrderChecked"]);
}

#[test]
fn handing_over_to_those_who_have_it_is_no_change() {
    let order = handed_over();
    let (people, department) = (order.salesperson.unwrap(), order.department.unwrap());
    assert!(order.hand_over(&desk(), people, department).unwrap().1.is_empty());
    let others = uuid::Uuid::from_u128(99).into();
    let (after, told) = order.hand_over(&desk(), others, department).unwrap();
    assert_eq!(
        (names(&told), after.handed_over_at),
        (vec!["OrderHandedOver"], order.handed_over_at)
    );
}

#[test]
fn what_was_called_off_tells_why() {
    let with = Cancel { reason: "price".into(), by_customer: true, note: "Too dear".into() };
    let (order, told) = confirmed().cancel(&desk(), &support::types(), with, &|_| false).unwrap();
    assert_eq!((order.state, order.cancel_reason.as_str()), (OrderState::Cancelled, "price"));
    let told = events::OrderCancelled::decode(told[0].payload.as_slice()).unwrap();
    assert!(told.by_customer && told.facts.unwrap().credit_minor_units == 0);
}

#[test]
fn what_is_personal_is_overwritten_and_facts_stay() {
    let (order, _) = support::pay(&confirmed(), 1, super::words::PaymentKind::Part, 2_500).unwrap();
    let (erased, told) = order.erase(&desk()).unwrap();
    assert_eq!(names(&told), ["OrderErased"]);
    assert_eq!(Subject::facts(&erased), Subject::facts(&order));
    let texts = format!("{erased:?}");
    for personal in ["Li Wei", "+86138", "Shanghai", "Tea"] {
        assert!(!texts.contains(personal), "{personal}");
    }
    assert!(erased.erase(&desk()).unwrap().1.is_empty(), "once is enough");
}
