//! The events of one call in one request make the same call, in whatever order they are told.

use std::time::Duration;

use kefu_api_common::v1::ItemOutcome;
use kefu_api_common::wire;
use kefu_api_tickets::v1::call_event::What;
use kefu_api_tickets::v1::{
    Call, CallAnswer, CallEvent, CallHangUp, CallRing, CallState, GetCallRequest,
    RecordCallEventsRequest,
};

use super::Shop;

const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_order_in_which_a_call_is_told_makes_no_difference() {
    let shop = Shop::open().await;
    // Answered in time, and so late that the clock had run out: the end is later still.
    for answered_after in [30, 200] {
        let mut calls: Vec<Call> = Vec::new();
        for (number, order) in ORDERS.iter().enumerate() {
            let id = format!("{answered_after}-{number}");
            let what = [
                (0, What::Ring(CallRing { line: "one".into(), ..CallRing::default() })),
                (answered_after, What::Answer(CallAnswer { agent_id: shop.person.clone() })),
                (900, What::HangUp(CallHangUp { by_caller: true })),
            ];
            let rang = shop.world.now().minus(Duration::from_secs(1000));
            let events = order.iter().map(|place| {
                let (after, what) = what[*place].clone();
                let at = Some(wire::timestamp(rang.plus(Duration::from_secs(after))));
                let (exchange, external_id) = ("pbx".to_owned(), id.clone());
                CallEvent { exchange, external_id, at, what: Some(what) }
            });
            let request =
                RecordCallEventsRequest { events: events.collect(), ..Default::default() };
            let told = shop.calls().record_call_events(request).await.unwrap().into_inner();
            for (place, result) in told.results.iter().enumerate() {
                let told = (result.event, result.outcome());
                assert_eq!(told, (place as i32, ItemOutcome::Accepted), "{order:?}: {result:?}");
            }
            let call_id = told.results[0].call_id.clone().unwrap();
            let call = shop.calls().get_call(GetCallRequest { call_id }).await.unwrap();
            let (id, etag, external_id) = Default::default();
            calls.push(Call { id, etag, external_id, ..call.into_inner() });
        }
        assert_eq!(calls[0].state(), CallState::Ended);
        let breached = calls[0].clock.as_ref().unwrap().breached_at.is_some();
        assert_eq!(breached, answered_after > 180);
        for (call, order) in calls.iter().zip(ORDERS) {
            assert_eq!(call, &calls[0], "{order:?}");
        }
    }
    shop.world.close().await;
}
