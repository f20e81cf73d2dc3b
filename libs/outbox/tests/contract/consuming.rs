//! Consumers: each event takes effect once, whatever the bus loses or repeats.

use std::sync::Arc;
use std::time::Duration;

use kefu_outbox::{Folder, Held, Leases, OutboxError};
use kefu_store::Store;

use crate::projection::{Counting, complete, live_rows};
use crate::rig::{event, eventually, on_every_shape, record, record_many};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_takes_effect_once_in_order() {
    on_every_shape(async |mut rig| {
        rig.start_owner("one");
        rig.start_consumer(Arc::new(Counting::default()), "one");
        rig.start_consumer(Arc::new(Counting::default()), "two");
        let ids = record_many(&rig.owner, 25, 8).await;
        let expected = complete(ids, 8);
        eventually("all is folded", async || live_rows(&rig.reader).await == expected).await;
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_goes_on_where_another_left() {
    on_every_shape(async |mut rig| {
        rig.start_owner("one");
        let first = rig.start_consumer(Arc::new(Counting::default()), "one");
        let ids = record_many(&rig.owner, 25, 2).await;
        let expected = complete(ids.clone(), 2);
        eventually("the first folds", async || live_rows(&rig.reader).await == expected).await;
        first.cancel();
        rig.start_consumer(Arc::new(Counting::default()), "two");
        let events: Vec<_> = ids.iter().map(|id| event(&rig.owner, *id, 3)).collect();
        record(&rig.owner, &events).await;
        let expected = complete(ids, 3);
        eventually("the second folds on", async || live_rows(&rig.reader).await == expected).await;
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_consumer_folds_nothing_when_it_wakes() {
    on_every_shape(async |mut rig| {
        rig.start_owner("one");
        let ids = record_many(&rig.owner, 25, 2).await;
        let events = rig.numbered(50).await;
        let mut paused = folder(&rig.reader);
        let lost = leases(&rig.reader, "paused", Duration::from_millis(30)).await;
        paused.take(lost.hold(&ALL).await.expect("held")).await.expect("checkpoints");
        let next = leases(&rig.reader, "next", Duration::from_secs(30)).await;
        let mut held = Held::new();
        eventually("the lease runs out", async || {
            held = next.hold(&ALL).await.expect("the lease rows are reachable");
            held.len() == ALL.len()
        })
        .await;
        let mut awake = folder(&rig.reader);
        awake.take(held).await.expect("checkpoints");
        awake.fold(&events).await.expect("it holds the leases");

        let refused = paused.fold(&events).await;
        assert!(matches!(refused, Err(OutboxError::Fenced)), "{refused:?}");
        assert_eq!(live_rows(&rig.reader).await, complete(ids.clone(), 2), "each effect once");
        let more: Vec<_> = ids.iter().map(|id| event(&rig.owner, *id, 3)).collect();
        record(&rig.owner, &more).await;
        awake.fold(&rig.numbered(75).await).await.expect("the holder goes on");
        assert_eq!(live_rows(&rig.reader).await, complete(ids, 3));
        rig.close().await;
    })
    .await;
}

const ALL: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

fn folder(store: &Store) -> Folder {
    Folder::new(store.clone(), Arc::new(Counting::default()), 1, true)
}

async fn leases(store: &Store, holder: &str, lasts: Duration) -> Leases {
    let leases = Leases::new(store.clone(), "counting/orders", holder, lasts);
    leases.prepare(&ALL).await.expect("rows");
    leases
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_that_lost_everything_is_repaired_from_the_log() {
    on_every_shape(async |mut rig| {
        let owner = rig.start_owner("one");
        let ids = record_many(&rig.owner, 25, 3).await;
        rig.numbered(75).await;
        eventually("all is published", async || published(&rig.owner).await == 75).await;
        owner.cancel();
        rig.lose_the_bus().await;
        rig.start_owner("two");
        rig.start_consumer(Arc::new(Counting::default()), "one");
        let events: Vec<_> = ids.iter().map(|id| event(&rig.owner, *id, 4)).collect();
        record(&rig.owner, &events).await;
        let expected = complete(ids, 4);
        eventually("nothing is missing", async || live_rows(&rig.reader).await == expected).await;
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_and_numbers_go_on_while_the_bus_is_down() {
    on_every_shape(async |mut rig| {
        if rig.nats.is_none() {
            println!("a bus that is down: not embedded, where it is a file of the same process");
            return rig.close().await;
        }
        rig.start_owner("one");
        rig.start_consumer(Arc::new(Counting::default()), "one");
        if let Some(nats) = &mut rig.nats {
            nats.kill();
        }
        let ids = record_many(&rig.owner, 25, 4).await;
        rig.numbered(100).await;
        if let Some(nats) = &mut rig.nats {
            nats.resume();
        }
        let expected = complete(ids, 4);
        eventually("all is folded", async || live_rows(&rig.reader).await == expected).await;
        eventually("all is published", async || published(&rig.owner).await == 100).await;
        rig.close().await;
    })
    .await;
}

async fn published(store: &Store) -> i64 {
    let heads = kefu_outbox::changes::heads(store).await.expect("heads are readable");
    heads.published.values().sum()
}
