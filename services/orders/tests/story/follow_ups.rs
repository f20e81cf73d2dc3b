//! Follow-ups: one at a time, each check on a clock, and the end with its order.

use std::time::Duration;

use kefu_api_common::wire;
use kefu_api_events::v1::{ClockKind, FollowUpState};
use kefu_api_orders::v1::follow_ups_service_client::FollowUpsServiceClient;
use kefu_api_orders::v1::record_follow_up_check_request::Next;
use kefu_api_orders::v1::*;
use kefu_testkit::World;
use tonic::Code;

use super::world::{client, reason, sales, taken, transport, world};

fn hours(world: &World, hours: u64) -> Option<prost_types::Timestamp> {
    Some(wire::timestamp(world.now().plus(Duration::from_secs(hours * 3_600))))
}

fn follow(
    order: &Order,
    responsible: &str,
    next: Option<prost_types::Timestamp>,
) -> CreateFollowUpRequest {
    CreateFollowUpRequest {
        order_id: order.id.clone(),
        kind: "pickup".into(),
        responsible_id: responsible.into(),
        next_check_at: next,
        ..Default::default()
    }
}

fn check(of: &FollowUp, next: Next) -> RecordFollowUpCheckRequest {
    RecordFollowUpCheckRequest {
        follow_up_id: of.id.clone(),
        outcome: "waiting".into(),
        note: "Nobody was there".into(),
        next: Some(next),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_is_not_made_in_time_is_a_breach() {
    let world = world().await;
    let (person, _) = sales(&world).await;
    let mut orders = client(&world);
    let mut client = FollowUpsServiceClient::new(world.admin());
    let order = taken(&mut orders, transport()).await;
    let request = follow(&order, &person, hours(&world, 5));
    let pickup = client.create_follow_up(request.clone()).await.unwrap().into_inner();
    assert_eq!(
        (pickup.state(), pickup.clocks[0].kind()),
        (FollowUpState::Open, ClockKind::NextCheck)
    );
    let twice = reason(client.create_follow_up(request).await);
    assert_eq!(twice, (Code::AlreadyExists, "RESOURCE_EXISTS".into()));
    let next = Next::NextCheckAt(hours(&world, 9).unwrap());
    let checked = client.record_follow_up_check(check(&pickup, next)).await.unwrap().into_inner();
    assert_eq!((checked.check_count, checked.breached), (1, false));
    world.advance(Duration::from_secs(10 * 3_600)).await;
    let get = GetFollowUpRequest { follow_up_id: pickup.id.clone(), ..Default::default() };
    let late = client.get_follow_up(get.clone()).await.unwrap().into_inner();
    assert!(late.breached, "the timer told");
    let explain = ExplainFollowUpClocksRequest { follow_up_id: pickup.id.clone() };
    let explained = client.explain_follow_up_clocks(explain).await.unwrap().into_inner().clocks;
    assert!(!explained[0].summary.is_empty());
    let done = client.record_follow_up_check(check(&pickup, Next::Done(true))).await.unwrap();
    assert_eq!(done.into_inner().state(), FollowUpState::Done);
    let ahead = ListFollowUpsRequest {
        filter: "state == 'FOLLOW_UP_STATE_OPEN' && has(next_check_at)".into(),
        order_by: "next_check_at".into(),
        ..Default::default()
    };
    let ahead = client.list_follow_ups(ahead).await.unwrap().into_inner().follow_ups;
    assert!(ahead.is_empty(), "nothing is open");
    let ended = reason(client.record_follow_up_check(check(&pickup, Next::Done(true))).await);
    assert_eq!(ended, (Code::FailedPrecondition, "FOLLOW_UP_ENDED".into()));
    let read = client.get_follow_up(get).await.unwrap().into_inner();
    assert_eq!((read.checks.len(), read.breached), (2, true));
    client.create_follow_up(follow(&order, &person, hours(&world, 5))).await.unwrap();
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn follow_ups_end_with_their_order() {
    let world = world().await;
    let (person, _) = sales(&world).await;
    let mut orders = client(&world);
    let mut client = FollowUpsServiceClient::new(world.admin());
    let order = taken(&mut orders, transport()).await;
    let request = follow(&order, &person, hours(&world, 5));
    client.create_follow_up(request.clone()).await.unwrap();
    let cancel = CancelOrderRequest {
        order_id: order.id.clone(),
        reason: "too_dear".into(),
        ..Default::default()
    };
    orders.cancel_order(cancel).await.unwrap();
    let mut listed = async |filter: String| {
        let request = ListFollowUpsRequest { filter, ..Default::default() };
        client.list_follow_ups(request).await.unwrap().into_inner().follow_ups
    };
    let found = listed(format!("order_id == '{}'", order.id)).await;
    assert_eq!((found.len(), found[0].state()), (1, FollowUpState::Cancelled));
    assert_eq!(found[0].cancel_reason, "order_cancelled");
    assert!(listed("state == 'FOLLOW_UP_STATE_OPEN'".into()).await.is_empty());
    let refused = reason(client.create_follow_up(request).await);
    assert_eq!(refused, (Code::FailedPrecondition, "ORDER_STATE_REFUSES".into()));
    let same = AssignFollowUpRequest {
        follow_up_id: found[0].id.clone(),
        responsible_id: person,
        ..Default::default()
    };
    let ended = reason(client.assign_follow_up(same).await);
    assert_eq!(ended, (Code::FailedPrecondition, "FOLLOW_UP_ENDED".into()));
    world.close().await;
}
