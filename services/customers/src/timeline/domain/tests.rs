//! Facts about timelines, in tests.

use kefu_api_events::v1 as events;
use kefu_api_events::{Facts, FactsEvent, Told, wire};
use kefu_kernel::{Recorded, Timestamp};
use uuid::Uuid;

use super::Entry;
use crate::domain::ids::CustomerId;
use crate::domain::recorded::recorded;
use kefu_api_events::Channel;

fn entry(event: &Recorded) -> Option<Entry> {
    super::told(event)?.entry
}

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn customer() -> CustomerId {
    CustomerId::from(Uuid::from_u128(0x77))
}

/// An event of a subject that was `before` so, none: came into being, and is so now.
fn told<P: FactsEvent>(
    kind: &str,
    mut payload: P,
    before: Option<&P::Facts>,
    facts: &P::Facts,
) -> Recorded {
    let former = before.map(|before| P::Facts::former(before, facts));
    let id = "subject_x".to_owned();
    payload.fill(Told { id, facts: facts.clone(), former, clock_changes: Vec::new() });
    recorded(kind, NOW, &payload)
}

fn order(state: events::OrderState) -> events::OrderFacts {
    events::OrderFacts {
        state: state.into(),
        customer_id: customer().to_string(),
        channel: events::Channel::Phone.into(),
        created_at: Some(wire::timestamp(Timestamp::from_millis(1000))),
        ..Default::default()
    }
}

#[test]
fn what_came_into_being_tells_its_state_channel_and_when_it_did() {
    let draft = order(events::OrderState::Draft);
    let event = told("order", events::OrderCreated::default(), None, &draft);
    let expected = Entry {
        event_id: Uuid::from_u128(1),
        service: "any".into(),
        kind: "OrderCreated".into(),
        subject: "subject_x".into(),
        customer: Some(customer()),
        happened_at: Timestamp::from_millis(1000),
        actor: "person_agent".into(),
        state: "draft".into(),
        channel: Some(Channel::Phone),
        historic: false,
    };
    assert_eq!(entry(&event), Some(expected));
}

#[test]
fn only_a_state_that_it_led_to_is_told() {
    let (draft, confirmed) =
        (order(events::OrderState::Draft), order(events::OrderState::Confirmed));
    let confirm = told("order", events::OrderConfirmed::default(), Some(&draft), &confirmed);
    let entry_of = |event| entry(&event).unwrap();
    let confirmed_entry = entry_of(confirm);
    assert_eq!((confirmed_entry.state.as_str(), confirmed_entry.channel), ("confirmed", None));
    assert_eq!(confirmed_entry.happened_at, NOW);
    let paid = told("order", events::OrderPaymentRecorded::default(), Some(&confirmed), &confirmed);
    assert_eq!(entry_of(paid).state, "");
}

#[test]
fn of_a_message_its_own_channel_is_told() {
    let facts = order(events::OrderState::Draft);
    let told_of = |payload| told("order", payload, Some(&facts), &facts);
    assert_eq!(entry(&told_of(events::OrderChecked::default())).unwrap().channel, None);
    let trace = events::TraceFacts { customer_id: customer().to_string(), ..Default::default() };
    let channel = events::Channel::Email.into();
    let closed = events::TraceClosed { channel, ..Default::default() };
    let closed = entry(&told("trace", closed, Some(&trace), &trace)).unwrap();
    assert_eq!((closed.channel, closed.state.as_str()), (Some(Channel::Email), ""));
}

#[test]
fn everything_told_of_a_subject_goes_with_it_to_another_customer() {
    let mine = order(events::OrderState::Draft);
    let unknown = events::OrderFacts { customer_id: String::new(), ..mine.clone() };
    let moved = |before, after| {
        let event = told("order", events::OrderUpdated::default(), Some(before), after);
        let told = super::told(&event).unwrap();
        assert_eq!((told.entry, told.subject.as_str()), (None, "subject_x"));
        told.moved
    };
    assert_eq!(moved(&unknown, &mine), Some(Some(customer())));
    assert_eq!(moved(&mine, &unknown), Some(None));
    assert_eq!(moved(&mine, &mine), None);
    let created = told("order", events::OrderCreated::default(), None, &mine);
    assert_eq!(super::told(&created).unwrap().moved, None);
}

#[test]
fn what_happens_to_a_customer_and_its_credit_is_its_own() {
    let facts = events::CustomerFacts {
        stage: events::LifecycleStage::Member.into(),
        ..Default::default()
    };
    let said = events::CustomerConsentRecorded {
        channel: events::Channel::Phone.into(),
        customer_id: customer().to_string(),
        facts: Some(facts.clone()),
        former: Some(events::FormerCustomerFacts::default()),
        ..Default::default()
    };
    let said = entry(&recorded("customer", NOW, &said)).unwrap();
    assert_eq!(
        (said.customer, said.channel, said.state.as_str()),
        (Some(customer()), Some(Channel::Phone), "")
    );
    let held = events::CreditHeld {
        customer_id: customer().to_string(),
        facts: Some(events::CreditFacts::default()),
        former: Some(events::FormerCreditFacts::default()),
        ..Default::default()
    };
    assert_eq!(entry(&recorded("credit", NOW, &held)).unwrap().customer, Some(customer()));
}

#[test]
fn every_kind_of_subject_tells_its_state_in_one_form() {
    let customer_id = customer().to_string();
    let state = |event: Recorded| {
        let entry = entry(&event).unwrap();
        assert_eq!(entry.customer, Some(customer()), "{}", entry.kind);
        entry.state
    };
    let facts = events::ShipmentFacts {
        customer_id: customer_id.clone(),
        status: events::ShipmentStatus::Delivered.into(),
        ..Default::default()
    };
    assert_eq!(
        state(told("shipment", events::ShipmentCreated::default(), None, &facts)),
        "delivered"
    );
    let facts = events::ClaimFacts {
        customer_id: customer_id.clone(),
        state: events::ClaimState::Submitted.into(),
        ..Default::default()
    };
    assert_eq!(state(told("claim", events::ClaimCreated::default(), None, &facts)), "submitted");
    let facts = events::RevisitFacts {
        customer_id: customer_id.clone(),
        state: events::RevisitState::GivenUp.into(),
        ..Default::default()
    };
    assert_eq!(
        state(told("revisit", events::RevisitScheduled::default(), None, &facts)),
        "given_up"
    );
    let facts = events::TraceFacts { customer_id: customer_id.clone(), ..Default::default() };
    assert_eq!(state(told("trace", events::TraceRequested::default(), None, &facts)), "");
    let facts = events::FollowUpFacts { customer_id, ..Default::default() };
    assert_eq!(state(told("follow_up", events::FollowUpCreated::default(), None, &facts)), "");
}

#[test]
fn what_nobody_would_call_happening_makes_no_entry() {
    let facts = order(events::OrderState::Draft);
    let silent = [
        told("order", events::OrderUpdated::default(), Some(&facts), &facts),
        told("order", events::OrderErased::default(), Some(&facts), &facts),
        recorded("person", NOW, &events::OrderConfirmed::default()),
    ];
    for event in silent {
        assert_eq!(entry(&event), None, "{}", event.type_name);
    }
    let mut broken = told("order", events::OrderConfirmed::default(), Some(&facts), &facts);
    broken.payload = vec![0xff];
    assert_eq!(entry(&broken), None);
}
