//! What can only happen with a broker: it is away, silent, emptied, or changed behind our back.

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::jetstream::Context;
use kefu_bus::{Bus, BusError, Delivery};

use crate::place::{
    Place, consume, polled, positions, publish, reader, refusal, take, take_until, within,
};

/// An operator's connection, beside the bus.
async fn operator(place: &mut Place) -> Context {
    let client = async_nats::connect(place.nats().url()).await.unwrap();
    async_nats::jetstream::new(client)
}

#[tokio::test]
async fn a_stream_deleted_under_both_ends_is_made_again() {
    let Some(mut place) = Place::jetstream() else { return };
    let bus = place.open().await;
    let operator = operator(&mut place).await;
    let mut fold = reader(&bus, "fold", 3);
    publish(&bus, &place.events(3, 1, 10)).await;
    consume(&mut fold, 10).await;
    operator.delete_stream("KEFU_TICKETS").await.unwrap();
    publish(&bus, &place.events(3, 11, 10)).await;
    assert_eq!(positions(&consume(&mut fold, 10).await), (11..=20).collect::<Vec<_>>());
    operator.delete_stream("KEFU_TICKETS").await.unwrap();
    bus.maintain().await.unwrap();
    assert!(operator.get_stream("KEFU_TICKETS").await.is_ok());
}

#[tokio::test]
async fn a_deleted_consumer_is_made_again() {
    let Some(mut place) = Place::jetstream() else { return };
    let bus = place.open().await;
    let operator = operator(&mut place).await;
    let mut fold = reader(&bus, "fold", 3);
    publish(&bus, &place.events(3, 1, 10)).await;
    consume(&mut fold, 10).await;
    operator.delete_consumer_from_stream("fold-03", "KEFU_TICKETS").await.unwrap();
    publish(&bus, &place.events(3, 11, 10)).await;
    let seen = take_until(&mut fold, |taken| positions(taken).contains(&20)).await;
    assert!(positions(&seen).ends_with(&(11..=20).collect::<Vec<_>>()));
}

#[tokio::test]
async fn a_wiped_store_does_not_stop_a_reader_that_waits() {
    let Some(mut place) = Place::jetstream() else { return };
    let bus = place.open().await;
    let mut fold = reader(&bus, "fold", 3);
    publish(&bus, &place.events(3, 1, 10)).await;
    consume(&mut fold, 10).await;
    place.nats().wipe_store();
    publish(&bus, &place.events(3, 11, 10)).await;
    let seen = take_until(&mut fold, |taken| positions(taken).contains(&20)).await;
    assert_eq!(positions(&seen), (11..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_broker_killed_again_and_again_under_load_loses_nothing() {
    let Some(mut place) = Place::jetstream() else { return };
    place.set_ack_wait(Duration::from_secs(1));
    let bus = place.open().await;
    let events = place.events(3, 1, 3_000);
    let mut fold = reader(&bus, "fold", 3);
    let (count, publishing) = tokio::sync::watch::channel(0);
    let publishes = async {
        for some in events.chunks(50) {
            publish(&bus, some).await;
            count.send_modify(|count| *count += some.len());
        }
    };
    let consumes = async {
        let mut seen = BTreeSet::new();
        within("every event arrives", async {
            while seen.len() < 3_000 {
                let Ok(batch) = fold.next_batch(100, Duration::from_secs(1)).await else {
                    continue;
                };
                seen.extend(positions(&batch));
                if let Some(last) = batch.last() {
                    let _ = fold.ack(last.receipt).await;
                }
            }
        })
        .await;
        seen
    };
    let kills = async {
        for at in [500, 1_000, 1_500, 2_000, 2_500] {
            let mut publishing = publishing.clone();
            publishing.wait_for(|count| *count >= at).await.unwrap();
            place.nats().restart();
        }
    };
    let ((), seen, ()) = tokio::join!(publishes, consumes, kills);
    assert_eq!(seen, (1..=3_000).collect());
}

#[tokio::test]
async fn a_broker_that_is_away_at_the_start_is_waited_for() {
    let Some(mut place) = Place::jetstream() else { return };
    place.nats().kill();
    let (bus, _task) = Bus::open(place.config.clone(), place.clock.ambient.clone()).await.unwrap();
    assert!(!bus.is_connected());
    let events = place.events(3, 1, 5);
    let (stored, error) = refusal(&bus, &events).await;
    assert!(stored == 0 && error.can_pass());
    let mut fold = reader(&bus, "fold", 3);
    assert!(fold.next_batch(1, Duration::ZERO).await.is_err());
    place.nats().resume();
    publish(&bus, &events).await;
    assert_eq!(consume(&mut fold, 5).await.len(), 5);
}

#[tokio::test]
async fn what_a_silent_broker_does_not_acknowledge_is_not_counted() {
    let Some(mut place) = Place::jetstream() else { return };
    let bus = place.open().await;
    let events = place.events(3, 1, 20);
    publish(&bus, &events[..5]).await;
    place.nats().pause();
    let (stored, error) = refusal(&bus, &events).await;
    assert!(stored == 0 && error.can_pass(), "{stored} {error:?}");
    place.nats().unpause();
    publish(&bus, &events).await;
    let mut fold = reader(&bus, "fold", 3);
    publish(&bus, &place.events(3, 21, 1)).await;
    let seen = take_until(&mut fold, |taken| positions(taken).contains(&21)).await;
    assert_eq!(positions(&seen), (1..=21).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_a_slow_reader_holds_is_not_handed_to_it_twice() {
    let Some(mut place) = Place::jetstream() else { return };
    place.set_ack_wait(Duration::from_millis(200));
    let bus = place.open().await;
    let operator = operator(&mut place).await;
    let mut fold = reader(&bus, "fold", 3);
    publish(&bus, &place.events(3, 1, 5)).await;
    let held = take(&mut fold, 5).await;
    within("the broker gives them again", async {
        let stream = operator.get_stream("KEFU_TICKETS").await.unwrap();
        while stream.consumer_info("fold-03").await.unwrap().num_redelivered < 5 {
            let again = fold.next_batch(10, Duration::from_millis(20)).await.unwrap();
            assert_eq!(positions(&again), [0; 0]);
        }
    })
    .await;
    publish(&bus, &place.events(3, 6, 1)).await;
    assert_eq!(positions(&take(&mut fold, 1).await), [6]);
    fold.ack(held[4].receipt + 1).await.unwrap();
    within("the newest receipts count", async {
        let stream = operator.get_stream("KEFU_TICKETS").await.unwrap();
        while stream.consumer_info("fold-03").await.unwrap().num_ack_pending > 0 {
            polled().await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_no_event_holds_nobody_up() {
    let Some(mut place) = Place::jetstream() else { return };
    let bus = place.open().await;
    let operator = operator(&mut place).await;
    for subject in ["kefu.tickets.03.ticket.TicketAssigned", "kefu.tickets.03.other"] {
        operator.publish(subject, "?".into()).await.unwrap().await.unwrap();
    }
    publish(&bus, &place.events(3, 1, 3)).await;
    let seen = take(&mut reader(&bus, "fold", 3), 3).await;
    assert_eq!(positions(&seen), [1, 2, 3]);
}

#[tokio::test]
async fn the_stream_is_as_the_contract_says_and_follows_the_settings() {
    let Some(mut place) = Place::jetstream() else { return };
    let bus = place.open().await;
    take_nothing(&bus).await;
    let operator = operator(&mut place).await;
    let mut stream = operator.get_stream("KEFU_TICKETS").await.unwrap();
    let config = stream.cached_info().config.clone();
    assert_eq!(config.subjects, ["kefu.tickets.>"]);
    assert_eq!(config.max_age, Duration::from_secs(7 * 24 * 3600));
    assert_eq!(config.duplicate_window, Duration::from_secs(600));
    assert_eq!(config.storage, async_nats::jetstream::stream::StorageType::File);
    assert_eq!(config.discard, async_nats::jetstream::stream::DiscardPolicy::Old);
    let consumer = stream.consumer_info("fold-03").await.unwrap().config;
    assert_eq!(consumer.filter_subject, "kefu.tickets.03.>");
    assert_eq!(consumer.max_deliver, -1);
    assert_eq!(consumer.max_ack_pending, 1024);
    place.config.max_age = Duration::from_secs(24 * 3600);
    place.set_ack_wait(Duration::from_secs(7));
    let later = place.open().await;
    take_nothing(&later).await;
    let config = stream.info().await.unwrap().config.clone();
    assert_eq!(config.max_age, Duration::from_secs(24 * 3600));
    let consumer = stream.consumer_info("fold-03").await.unwrap().config;
    assert_eq!(consumer.ack_wait, Duration::from_secs(7));
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_told_at_the_start() {
    let Some(mut place) = Place::jetstream() else { return };
    let servers = |place: &mut Place, servers: Vec<String>| {
        let mut config = place.config.clone();
        if let kefu_bus::Carrier::JetStream(own) = &mut config.carrier {
            own.servers = servers;
        }
        config
    };
    for wrong in [vec![], vec!["nats://[".to_owned()]] {
        let config = servers(&mut place, wrong);
        let refused = Bus::open(config, place.clock.ambient.clone()).await.err();
        assert!(matches!(refused, Some(BusError::Misconfigured(_))), "{refused:?}");
    }
}

/// Makes the reader's consumer and takes nothing.
async fn take_nothing(bus: &Bus) {
    let none: Vec<Delivery> = reader(bus, "fold", 3).next_batch(1, Duration::ZERO).await.unwrap();
    assert!(none.is_empty());
}
