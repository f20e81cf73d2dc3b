//! What holds while nothing goes wrong.

use std::time::Duration;

use kefu_bus::BusError;

use crate::place::{
    Place, acknowledge, consume, positions, publish, reader, refusal, spec, take, within,
};

pub async fn an_event_arrives_as_it_was_published(place: Place) {
    let bus = place.open().await;
    let mut events = place.events(3, 1, 2);
    events[1].branch = None;
    events[1].on_behalf_of = None;
    events[1].changed.clear();
    events[1].traceparent.clear();
    events[1].payload.clear();
    events[1].historic = true;
    publish(&bus, &events).await;
    let seen = take(&mut reader(&bus, "fold", 3), 2).await;
    let seen: Vec<_> = seen.iter().map(|delivery| (*delivery.event).clone()).collect();
    assert_eq!(seen, events);
}

pub async fn order_is_kept_within_a_partition(place: Place) {
    let bus = place.open().await;
    let (one, other) = (place.aggregate_in(3), place.aggregate_in(3));
    let mut fold = reader(&bus, "fold", 3);
    for round in 0..5 {
        let events: Vec<_> = (1..=40)
            .map(|n| place.event(if n % 3 == 0 { one } else { other }, round * 40 + n))
            .collect();
        publish(&bus, &events).await;
    }
    let seen = consume(&mut fold, 200).await;
    assert_eq!(positions(&seen), (1..=200).collect::<Vec<_>>());
    assert!(seen.windows(2).all(|pair| pair[0].receipt < pair[1].receipt));
}

pub async fn a_reader_sees_only_its_partition_of_its_service(place: Place) {
    let bus = place.open().await;
    let mut other = place.events(3, 1, 3);
    other.iter_mut().for_each(|event| event.service = "orders".into());
    bus.ensure("orders").await.unwrap();
    publish(&bus, &other).await;
    publish(&bus, &place.events(4, 1, 3)).await;
    let own = place.events(3, 7, 1);
    publish(&bus, &own).await;
    let seen = take(&mut reader(&bus, "fold", 3), 1).await;
    assert_eq!(*seen[0].event, own[0]);
}

pub async fn a_waiting_reader_is_woken(place: Place) {
    let bus = place.open().await;
    let mut fold = reader(&bus, "fold", 3);
    let events = place.events(3, 1, 1);
    let waits = take(&mut fold, 1);
    let comes = publish(&bus, &events);
    let (seen, ()) = tokio::join!(waits, comes);
    assert_eq!(positions(&seen), [1]);
    acknowledge(&mut fold, &seen).await;
    let none = fold.next_batch(10, Duration::ZERO).await.unwrap();
    assert!(none.is_empty());
}

pub async fn readers_of_different_names_are_independent(place: Place) {
    let bus = place.open().await;
    publish(&bus, &place.events(3, 1, 30)).await;
    let (mut fast, mut slow) = (reader(&bus, "fast", 3), reader(&bus, "slow", 3));
    assert_eq!(consume(&mut fast, 30).await.len(), 30);
    let first = take(&mut slow, 1).await;
    assert_eq!(first[0].event.position, 1);
    publish(&bus, &place.events(3, 31, 1)).await;
    assert_eq!(positions(&consume(&mut fast, 1).await), [31]);
}

pub async fn a_repeated_event_id_is_delivered_once(place: Place) {
    let bus = place.open().await;
    let events = place.events(3, 1, 20);
    publish(&bus, &events[..10]).await;
    publish(&bus, &events[5..15]).await;
    publish(&bus, &events).await;
    let mut fold = reader(&bus, "fold", 3);
    publish(&bus, &place.events(3, 21, 1)).await;
    assert_eq!(positions(&consume(&mut fold, 21).await), (1..=21).collect::<Vec<_>>());
}

pub async fn what_is_not_acknowledged_comes_again_in_order(place: Place) {
    let bus = place.open().await;
    publish(&bus, &place.events(3, 1, 30)).await;
    let mut fold = reader(&bus, "fold", 3);
    let seen = take(&mut fold, 30).await;
    fold.ack(seen[9].receipt).await.unwrap();
    for attempt in 2..5 {
        fold.retry();
        publish(&bus, &place.events(3, 100 + i64::from(attempt), 1)).await;
        let again = take(&mut fold, 20).await;
        assert_eq!(positions(&again), (11..=30).collect::<Vec<_>>());
        assert!(again.iter().all(|delivery| delivery.attempt == attempt));
    }
    fold.ack(seen[29].receipt).await.unwrap();
    assert_eq!(positions(&consume(&mut fold, 3).await), [102, 103, 104]);
}

pub async fn a_reader_holds_no_more_than_its_bound(mut place: Place) {
    place.config.max_unacknowledged = 16;
    let bus = place.open().await;
    publish(&bus, &place.events(3, 1, 50)).await;
    let mut fold = reader(&bus, "fold", 3);
    let held = take(&mut fold, 16).await;
    assert_eq!(held.len(), 16);
    let more = fold.next_batch(10, Duration::from_millis(1)).await.unwrap();
    assert_eq!(more.len(), 0);
    acknowledge(&mut fold, &held).await;
    assert_eq!(positions(&consume(&mut fold, 34).await), (17..=50).collect::<Vec<_>>());
}

pub async fn a_large_batch_arrives_whole(place: Place) {
    let bus = place.open().await;
    let events = place.events(3, 1, 5_000);
    let published = bus.publish(&events).await;
    assert!(published.failure.is_none(), "{published:?}");
    assert_eq!(published.stored, 5_000);
    let seen = consume(&mut reader(&bus, "fold", 3), 5_000).await;
    assert_eq!(positions(&seen), (1..=5_000).collect::<Vec<_>>());
}

pub async fn a_forgotten_name_starts_at_the_oldest_event(place: Place) {
    let bus = place.open().await;
    publish(&bus, &place.events(3, 1, 5)).await;
    let mut fold = reader(&bus, "fold", 3);
    consume(&mut fold, 5).await;
    fold.close().await;
    bus.forget(&spec("fold", 3)).await.unwrap();
    bus.forget(&spec("never-there", 3)).await.unwrap();
    let seen = consume(&mut reader(&bus, "fold", 3), 5).await;
    assert_eq!(positions(&seen), [1, 2, 3, 4, 5]);
}

pub async fn lag_and_last_position_are_told(place: Place) {
    let bus = place.open().await;
    assert_eq!(bus.last_position("tickets", 3).await.unwrap(), 0);
    assert_eq!(bus.last_position("unheard-of", 3).await.unwrap(), 0);
    publish(&bus, &place.events(3, 1, 10)).await;
    publish(&bus, &place.events(4, 1, 2)).await;
    assert_eq!(bus.last_position("tickets", 3).await.unwrap(), 10);
    assert_eq!(bus.last_position("tickets", 4).await.unwrap(), 2);
    let seen = take(&mut reader(&bus, "fold", 3), 10).await;
    let behind: Vec<u64> = seen.iter().map(|delivery| delivery.behind).collect();
    assert_eq!(behind, (0..10).rev().collect::<Vec<_>>());
    assert!(bus.is_connected());
}

pub async fn names_that_cannot_be_carried_are_refused(place: Place) {
    let bus = place.open().await;
    for name in ["", "a.b", "a b", "a*", ">"] {
        let refused = bus.subscribe(spec(name, 3)).err();
        assert!(matches!(refused, Some(BusError::Misconfigured(_))), "{name}");
        assert!(bus.ensure(name).await.is_err(), "{name}");
    }
    assert!(bus.subscribe(spec("fold", 16)).is_err());
    let mut wrong = place.events(3, 1, 1);
    wrong[0].aggregate_type = "Ticket".into();
    let (stored, error) = refusal(&bus, &wrong).await;
    assert!(stored == 0 && !error.can_pass());
    wrong[0].aggregate_type = "ticket".into();
    wrong[0].position = 0;
    let (_, error) = refusal(&bus, &wrong).await;
    assert!(matches!(error, BusError::Unsendable { .. }));
    within("the bus still works", publish(&bus, &place.events(3, 1, 1))).await;
}
