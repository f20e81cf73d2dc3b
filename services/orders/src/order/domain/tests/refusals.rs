//! Every refusal of an order's verbs, by table.

use kefu_kernel::{Fault, Money};
use uuid::Uuid;

use super::super::words::{
    CheckKind, CheckResult, CreditRefusal, OrderState, PaymentKind, PaymentTerms,
};
use super::super::{Cancel, Confirm, Decision, New, Order, Patch, PickupWindow};
use super::support::{
    at, check_all, cny, confirmed, credit, desk, draft, handed_over, new, pay, stands, types,
};
use crate::domain::words::ShipmentStatus;

#[track_caller]
fn refused(decision: Decision, reason: &str) {
    assert_eq!(decision.unwrap_err().reason(), reason);
}

fn all(_: &str) -> bool {
    true
}

fn none(_: &str) -> bool {
    false
}

#[test]
fn what_cannot_be_is_not_taken() {
    let create = |change: &dyn Fn(&mut New)| {
        let mut new = new();
        change(&mut new);
        Order::create(&desk(), &types(), new, None, Vec::new())
    };
    refused(create(&|new| new.kind = "gift".into()), "UNKNOWN_REFERENCE");
    refused(create(&|new| new.parties.push(new.parties[0].clone())), "VALIDATION_FAILED");
    refused(create(&|new| new.price = cny(-1)), "VALIDATION_FAILED");
    refused(create(&|new| new.declared_value = cny(-1)), "VALIDATION_FAILED");
    refused(create(&|new| new.cod = cny(0)), "VALIDATION_FAILED");
    let field = kefu_kernel::field::FieldValue::Flag(true);
    refused(
        create(&|new| drop(new.fields.insert("floor".into(), field.clone()))),
        "CUSTOM_FIELD_INVALID",
    );
    let euros = || Some(Money::from_code(5, "EUR").unwrap());
    let mixed =
        create(&|new| (new.declared_value, new.goods[0].declared_value) = (cny(9), euros()));
    refused(mixed, "CURRENCY_MISMATCH");
    let window = |from, until, zone: &str| {
        let time_zone = zone.to_owned();
        create(&|new| {
            let (from, until, time_zone) = (at(from), at(until), time_zone.clone());
            new.pickup_window = Some(PickupWindow { from, until, time_zone });
        })
    };
    assert!(window(0, 60, "Asia/Shanghai").is_ok());
    refused(window(60, 60, ""), "VALIDATION_FAILED");
    refused(window(0, 32 * 24 * 60, ""), "VALIDATION_FAILED");
    refused(window(0, 60, "Mars/Olympus"), "TIME_ZONE_UNKNOWN");
}

#[test]
fn a_draft_is_confirmed_only_when_all_is_there() {
    let confirm = |order: &Order, with: Confirm| order.confirm(&desk(), &types(), with, &none);
    let mut bare = check_all(draft());
    (bare.customer, bare.parties[1].address) = (None, None);
    let missing = confirm(&bare, Confirm::default()).unwrap_err();
    assert_eq!(missing.reason(), "ORDER_INCOMPLETE");
    assert_eq!(missing.metadata()[0].1, "customer_id,parties.receiver.address");
    let missing = confirm(&draft(), Confirm::default()).unwrap_err();
    assert_eq!(missing.reason(), "ORDER_CHECKS_MISSING");
    assert_eq!(missing.metadata()[0].1, "address,contact,service_area,remarks");
    let failed = check_all(draft());
    let why = "Nobody there".to_owned();
    let (failed, _) =
        failed.record_check(&desk(), CheckKind::Contact, CheckResult::Failed, why).unwrap();
    refused(confirm(&failed, Confirm::default()), "ORDER_CHECKS_MISSING");
    refused(confirm(&confirmed(), Confirm::default()), "ORDER_STATE_REFUSES");
}

#[test]
fn every_order_that_may_be_the_same_has_to_be_named() {
    let (one, other) = (Uuid::from_u128(61).into(), Uuid::from_u128(62).into());
    let (order, _) = Order::create(&desk(), &types(), new(), None, vec![one, other]).unwrap();
    let order = check_all(order);
    let confirm = |named| {
        let with = Confirm { not_duplicate_of: named, ..Confirm::default() };
        order.confirm(&desk(), &types(), with, &none)
    };
    let unnamed = confirm(vec![one]).unwrap_err();
    assert_eq!(unnamed.reason(), "ORDER_MAYBE_DUPLICATE");
    assert_eq!(unnamed.metadata()[0].1, other.to_string());
    assert!(confirm(vec![other, one]).is_ok());
}

#[test]
fn credit_that_is_refused_is_overridden_only_by_who_may() {
    let mut order = check_all(draft());
    order.terms = Some(PaymentTerms::OnAccount);
    let confirm = |refusals: &[CreditRefusal], reason: &str, holds: &dyn Fn(&str) -> bool| {
        let credit = Some(credit(&order, refusals));
        let with = Confirm { credit, override_reason: reason.into(), ..Confirm::default() };
        order.confirm(&desk(), &types(), with, holds)
    };
    let why = [CreditRefusal::Held, CreditRefusal::Arrears];
    let held = confirm(&why, "", &all).unwrap_err();
    assert_eq!((held.reason(), held.metadata()[0].1.as_str()), ("CREDIT_REFUSED", "held,arrears"));
    refused(confirm(&why, "regular_customer", &none), "TRANSITION_NEEDS_PERMISSION");
    assert!(confirm(&[], "", &none).is_ok());
    let unasked = order.confirm(&desk(), &types(), Confirm::default(), &all);
    refused(unasked, "CREDIT_REFUSED");
}

#[test]
fn rules_of_the_type_decide_on_changes() {
    let patch = |price| Patch { price: Some(cny(price)), ..Patch::default() };
    let remark = || Patch { instructions: Some("Ring twice".into()), ..Patch::default() };
    let order = handed_over();
    refused(order.update(&desk(), &types(), remark(), &none), "TRANSITION_NEEDS_PERMISSION");
    refused(order.update(&desk(), &types(), patch(1), &all), "ORDER_STATE_REFUSES");
    let (order, _) = order.update(&desk(), &types(), remark(), &all).unwrap();
    assert_eq!(order.state, OrderState::HandedOver);
    let moving =
        order.progress(&desk(), stands::id(1), stands::at(ShipmentStatus::PickedUp)).unwrap().0;
    refused(moving.update(&desk(), &types(), remark(), &all), "ORDER_STATE_REFUSES");
    let paid = pay(&confirmed(), 1, PaymentKind::Part, 5_000).unwrap().0;
    refused(paid.update(&desk(), &types(), patch(4_999), &all), "PAYMENT_EXCEEDS_PRICE");
    let dollars = Some(Money::from_code(9_000, "USD").unwrap());
    let other = Patch { price: Some(dollars), ..Patch::default() };
    refused(paid.update(&desk(), &types(), other, &all), "CURRENCY_MISMATCH");
    let cleared = Patch { price: Some(None), ..Patch::default() };
    refused(paid.update(&desk(), &types(), cleared, &all), "VALIDATION_FAILED");
    let nobodys = Patch { customer: Some(None), ..Patch::default() };
    refused(paid.update(&desk(), &types(), nobodys, &all), "VALIDATION_FAILED");
    let mut external = draft();
    external.external_id = Some("A-1".into());
    let renamed = Patch { source: Some("site".into()), ..Patch::default() };
    refused(external.update(&desk(), &types(), renamed, &all), "VALIDATION_FAILED");
}

#[test]
fn what_a_carrier_has_is_not_called_off() {
    let cancel = |order: &Order, holds: &dyn Fn(&str) -> bool| {
        order.cancel(&desk(), &types(), Cancel::default(), holds)
    };
    refused(cancel(&handed_over(), &none), "TRANSITION_NEEDS_PERMISSION");
    let (cancelled, _) = cancel(&handed_over(), &all).unwrap();
    refused(cancel(&cancelled, &all), "ORDER_STATE_REFUSES");
    let stands = stands::at(ShipmentStatus::PickedUp);
    let (moving, _) = handed_over().progress(&desk(), stands::id(1), stands).unwrap();
    refused(cancel(&moving, &all), "ORDER_STATE_REFUSES");
    let (after, _) = cancelled.progress(&desk(), stands::id(1), stands).unwrap();
    assert_eq!(after.state, OrderState::Cancelled, "and never changes again");
}

#[test]
fn payments_pay_what_is_open_and_say_what_they_are() {
    let order = confirmed();
    refused(pay(&order, 1, PaymentKind::Part, 0), "VALIDATION_FAILED");
    refused(pay(&order, 1, PaymentKind::Full, 10_001), "PAYMENT_EXCEEDS_PRICE");
    refused(pay(&order, 1, PaymentKind::Full, 9_999), "PAYMENT_KIND_INVALID");
    refused(pay(&order, 1, PaymentKind::Part, 10_000), "PAYMENT_KIND_INVALID");
    let mut free = draft();
    free.price = None;
    refused(pay(&free, 1, PaymentKind::Full, 1), "PAYMENT_KIND_INVALID");
    assert!(pay(&free, 1, PaymentKind::Deposit, 1).is_ok());
    let (paid, _) = pay(&order, 1, PaymentKind::Full, 10_000).unwrap();
    let id = paid.payments[0].id;
    let reverse =
        |order: &Order, id| order.reverse_payment(&desk(), &types(), id, "mistake", &none);
    let (back, _) = reverse(&paid, id).unwrap();
    refused(reverse(&back, id), "PAYMENT_REVERSED");
    refused(reverse(&back, Uuid::from_u128(9).into()), "RESOURCE_NOT_FOUND");
    let (cancelled, _) = order.cancel(&desk(), &types(), Cancel::default(), &none).unwrap();
    refused(pay(&cancelled, 1, PaymentKind::Part, 1), "ORDER_STATE_REFUSES");
}

#[test]
fn a_prepaid_order_is_handed_over_when_it_is_paid() {
    let (person, department) = (Uuid::from_u128(20).into(), Uuid::from_u128(21).into());
    let open = confirmed().hand_over(&desk(), person, department).unwrap_err();
    assert_eq!((open.reason(), open.metadata()[0].1.as_str()), ("ORDER_NOT_PAID", "10000"));
    let (paid, _) = pay(&confirmed(), 1, PaymentKind::Full, 10_000).unwrap();
    assert!(paid.hand_over(&desk(), person, department).is_ok());
    refused(draft().hand_over(&desk(), person, department), "ORDER_STATE_REFUSES");
}

#[test]
fn a_check_that_failed_says_why_and_belongs_to_a_draft() {
    let record = |order: &Order| {
        order.record_check(&desk(), CheckKind::Remarks, CheckResult::Failed, String::new())
    };
    refused(record(&draft()), "CHECK_NOTE_REQUIRED");
    refused(record(&confirmed()), "ORDER_STATE_REFUSES");
}
