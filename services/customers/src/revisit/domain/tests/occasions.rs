//! What happened that owes a revisit.

use std::collections::BTreeSet;

use kefu_api_events::Facts;
use kefu_api_events::v1::{self as events, StatusCategory, TicketFacts};
use kefu_kernel::Recorded;
use proptest::prelude::*;
use prost::{Message, Name};
use uuid::Uuid;

use super::support::{Desk, person, ticket};
use crate::domain::ids::CustomerId;
use crate::revisit::domain::words::Occasion;
use crate::revisit::domain::{Happened, Key, Occurrence, Policy, Revisit, Rule, happened, owed};

fn recorded<P: Message + Name>(kind: &str, payload: &P) -> Recorded {
    crate::domain::recorded::recorded(kind, Desk::new().now, payload)
}

fn complaint(category: StatusCategory, episode: i32) -> TicketFacts {
    TicketFacts {
        r#type: "complaint".into(),
        category: category.into(),
        episode,
        assignee_id: person(2).to_string(),
        ..TicketFacts::default()
    }
}

/// What a ticket's way from one state to another means, told as occasions, ends with a minus.
fn of_ticket(before: Option<&TicketFacts>, now: &TicketFacts) -> Vec<String> {
    let event = events::TicketStatusChanged {
        ticket_id: ticket(),
        facts: Some(now.clone()),
        former: before.map(|before| TicketFacts::former(before, now)),
        ..Default::default()
    };
    told(&recorded("ticket", &event))
}

fn told(event: &Recorded) -> Vec<String> {
    let customer = CustomerId::from(Uuid::from_u128(0x77));
    let text = |one: Happened| match one {
        Happened::Owes(what) => format!("{} {}", what.occasion.name(), what.episode),
        Happened::Ends { occasion, episode, .. } => format!("-{} {episode}", occasion.name()),
    };
    happened(event, |_| Some(customer)).into_iter().map(text).collect()
}

#[test]
fn a_complaint_owes_a_courtesy_while_it_is_open_and_a_revisit_when_it_is_closed() {
    let open = complaint(StatusCategory::Open, 1);
    let solved = complaint(StatusCategory::Solved, 1);
    let closed = complaint(StatusCategory::Closed, 1);
    let again = complaint(StatusCategory::Open, 2);
    assert_eq!(of_ticket(None, &open), ["complaint_open 1"]);
    assert!(of_ticket(Some(&open), &complaint(StatusCategory::Pending, 1)).is_empty());
    assert_eq!(of_ticket(Some(&open), &solved), ["-complaint_open 1"]);
    assert_eq!(of_ticket(Some(&solved), &closed), ["complaint_closed 1"]);
    assert_eq!(of_ticket(Some(&open), &closed), ["-complaint_open 1", "complaint_closed 1"]);
    assert_eq!(of_ticket(Some(&solved), &again), ["-complaint_closed 1", "complaint_open 2"]);
    let inquiry = TicketFacts { r#type: "inquiry".into(), ..closed };
    assert!(of_ticket(Some(&open), &inquiry).is_empty());
}

#[test]
fn deliveries_claims_and_members_owe_one_each() {
    let customer_id = CustomerId::from(Uuid::from_u128(0x77)).to_string();
    let mut facts =
        events::ShipmentFacts { customer_id: customer_id.clone(), ..Default::default() };
    let before = facts.clone();
    facts.delivered_at = Some(kefu_api_events::wire::timestamp(Desk::new().now));
    let mut event = events::ShipmentStatusChanged {
        shipment_id: "shipment_x".into(),
        former: Some(events::ShipmentFacts::former(&before, &facts)),
        facts: Some(facts.clone()),
        ..Default::default()
    };
    assert_eq!(told(&recorded("shipment", &event)), ["delivered 0"]);
    event.former = Some(events::FormerShipmentFacts::default());
    assert!(told(&recorded("shipment", &event)).is_empty(), "it was delivered before");
    let facts =
        events::ClaimFacts { customer_id: customer_id.clone(), episode: 2, ..Default::default() };
    let closed = events::ClaimClosed {
        former: Some(events::FormerClaimFacts::default()),
        facts: Some(facts),
        ..Default::default()
    };
    assert_eq!(told(&recorded("claim", &closed)), ["claim_closed 2"]);
    let facts = events::CustomerFacts {
        stage: events::LifecycleStage::Member.into(),
        ..Default::default()
    };
    let created = events::CustomerCreated { customer_id, facts: Some(facts), ..Default::default() };
    let mut event = recorded("customer", &created);
    assert_eq!(told(&event), ["member 0"]);
    event.historic = true;
    assert!(told(&event).is_empty(), "history owes nothing");
}

#[test]
fn only_active_policies_of_the_occasion_whose_condition_holds_owe() {
    let mut desk = Desk::new();
    let what = desk.closed_complaint();
    let codes = |policies: &[Policy], holds: bool| -> Vec<String> {
        owed(policies, &what, |_| holds).map(|(_, key)| key.policy).collect()
    };
    assert_eq!(codes(&desk.policies, true), ["complaint_closed"]);
    assert!(codes(&desk.policies, false).is_empty());
    for policy in &mut desk.policies {
        policy.rule.active = false;
    }
    assert!(codes(&desk.policies, true).is_empty());
}

proptest! {
    #[test]
    fn a_policy_owes_one_revisit_of_a_subject_and_episode_however_often_the_event_comes(
        comes in prop::collection::vec((0u128..4, 1i32..3), 0..40),
    ) {
        let desk = Desk::new();
        let mut known: BTreeSet<Key> = BTreeSet::new();
        let mut made = 0;
        for (subject, episode) in &comes {
            let subject = Some(kefu_kernel::id::encode("ticket", Uuid::from_u128(*subject)));
            let what = Occurrence { subject, episode: *episode, ..desk.closed_complaint() };
            for (policy, key) in owed(&desk.policies, &what, |_| true) {
                let id = Uuid::from_u128(9).into();
                let (revisit, _) =
                    Revisit::owe(&desk.context(), id, policy, &what, &desk.calendar, None).unwrap();
                prop_assert_eq!(revisit.key(), Some(key.clone()));
                made += usize::from(known.insert(key));
            }
        }
        let different: BTreeSet<_> = comes.into_iter().collect();
        prop_assert_eq!(made, different.len());
    }

    #[test]
    fn a_greater_share_takes_in_all_of_a_smaller(random: u64, one in 1u8..=100, other in 1u8..=100) {
        let desk = Desk::new();
        let subject = Some(kefu_kernel::id::encode("ticket", Uuid::from_u64_pair(7, random)));
        let what = Occurrence { subject, ..desk.closed_complaint() };
        let drawn = |share: u8| {
            let mut policy = desk.policy("complaint_closed").clone();
            policy.rule = Rule { share_percent: share, ..policy.rule };
            owed(&[policy], &what, |_| true).count() == 1
        };
        prop_assert!(!drawn(one.min(other)) || drawn(one.max(other)));
        prop_assert!(drawn(100));
    }
}

#[test]
fn a_share_is_about_that_share() {
    let desk = Desk::new();
    let mut policy = desk.policy("delivered").clone();
    policy.rule.share_percent = 20;
    let policies = [policy];
    let drawn = (0u64..5000).filter(|n| {
        let subject = kefu_kernel::id::encode(
            "shipment",
            Uuid::from_u64_pair(7, n.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        );
        let what = Occurrence {
            occasion: Occasion::Delivered,
            subject: Some(subject),
            ..desk.closed_complaint()
        };
        owed(&policies, &what, |_| true).count() == 1
    });
    let drawn = drawn.count();
    assert!((900..1100).contains(&drawn), "{drawn} of 5000");
}
