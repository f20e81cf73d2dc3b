//! Orders from elsewhere: each row judged by itself, and the same rows may come again.

use kefu_api_common::v1::ItemOutcome;
use kefu_api_common::wire;
use kefu_api_events::v1::{Channel, OrderState, PaymentTerms};
use kefu_api_orders::v1::*;
use kefu_testkit::World;
use std::time::Duration;
use tonic::Code;

use super::world::{client, cny, reason, transport, world};

fn row(world: &World, external_id: &str, state: OrderState) -> ImportOrderRow {
    let CreateOrderRequest { r#type, parties, goods, customer_id, .. } = transport();
    let ago = |days: u64| {
        let ago = Duration::from_secs(days * 24 * 3600);
        Some(wire::timestamp(world.now().minus(ago)))
    };
    ImportOrderRow {
        source: "old_system".into(),
        external_id: external_id.into(),
        r#type,
        channel: Channel::Api.into(),
        customer_id,
        parties,
        goods,
        price: cny(10_000),
        paid: cny(10_000),
        created_at: ago(9),
        confirmed_at: ago(8),
        handed_over_at: ago(7),
        ended_at: ago(3),
        state: state.into(),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_judged_by_themselves_and_may_come_again() {
    let world = world().await;
    let mut client = client(&world);
    let good = row(&world, "A-1", OrderState::Fulfilled);
    let moving = row(&world, "A-2", OrderState::InProgress);
    let dear = ImportOrderRow { paid: cny(10_001), ..row(&world, "A-3", OrderState::Failed) };
    let unordered = ImportOrderRow {
        handed_over_at: good.created_at,
        ..row(&world, "A-4", OrderState::Fulfilled)
    };
    let rows = vec![good.clone(), moving, dear, unordered];
    let request = ImportOrdersRequest { rows, ..Default::default() };
    let judged = ImportOrdersRequest { validate_only: true, ..request.clone() };
    let outcomes = |response: &ImportOrdersResponse| {
        response.results.iter().map(ImportOrderResult::outcome).collect::<Vec<_>>()
    };
    let (taken, refused) = (ItemOutcome::Accepted, ItemOutcome::Rejected);
    for request in [judged, request.clone()] {
        let answer = client.import_orders(request).await.unwrap().into_inner();
        assert_eq!(outcomes(&answer), [taken, refused, refused, refused], "{answer:#?}");
        assert_eq!(answer.results[2].reason, "PAYMENT_EXCEEDS_PRICE");
    }
    // What is no history asks for credit: a draft is taken without an answer, what goes on is not.
    let on_account = |external_id: &str, state| ImportOrderRow {
        payment_terms: PaymentTerms::OnAccount.into(),
        paid: None,
        handed_over_at: None,
        ended_at: None,
        ..row(&world, external_id, state)
    };
    let draft = ImportOrderRow { confirmed_at: None, ..on_account("B-1", OrderState::Draft) };
    let live = |row| ImportOrdersRequest { rows: vec![row], live: true, ..Default::default() };
    let answer = client.import_orders(live(draft)).await.unwrap().into_inner();
    assert_eq!(outcomes(&answer), [taken], "{answer:#?}");
    let silent = reason(client.import_orders(live(on_account("B-2", OrderState::Confirmed))).await);
    assert_eq!(silent, (Code::Unavailable, "DEPENDENCY_UNAVAILABLE".into()), "send it again");
    let again = client.import_orders(request).await.unwrap().into_inner();
    assert_eq!(again.results[0].outcome(), ItemOutcome::Duplicate);
    let order_id = again.results[0].order_id.clone().unwrap();
    let order = client.get_order(GetOrderRequest { order_id, ..Default::default() }).await;
    let order = order.unwrap().into_inner();
    assert!(order.historic && order.state() == OrderState::Fulfilled);
    assert_eq!((order.paid, order.created_at), (cny(10_000), good.created_at));
    world.close().await;
}
