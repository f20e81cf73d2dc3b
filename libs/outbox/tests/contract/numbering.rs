//! Positions: gapless, never passed by a late committer, never given by a holder that lost its lease.

use std::collections::BTreeMap;
use std::time::Duration;

use kefu_kernel::Recorded;
use kefu_outbox::{Held, Leases, OutboxError, number};
use kefu_store::Store;
use tokio::sync::oneshot;

use crate::rig::{
    event, eventually, everything, on_every_shape, prepare_month, record, record_in, record_many,
};

/// Positions are 1…n in each partition, and follow the versions of each aggregate.
fn assert_in_order(events: &[Recorded]) {
    let mut positions: BTreeMap<u8, i64> = BTreeMap::new();
    let mut versions = BTreeMap::new();
    for event in events {
        let position = positions.entry(event.partition).or_default();
        *position += 1;
        assert_eq!(event.position, *position, "partition {} has a gap", event.partition);
        let version = versions.entry(event.aggregate_id).or_insert(0);
        *version += 1;
        assert_eq!(event.version, *version, "an aggregate's versions are out of order");
    }
}

async fn leases(store: &Store, holder: &str, lasts: Duration) -> Leases {
    let leases = Leases::new(store.clone(), "relay", holder, lasts);
    leases.prepare(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]).await.expect("rows");
    leases
}

async fn hold(leases: &Leases) -> Held {
    leases.hold(&(0..16).collect::<Vec<u8>>()).await.expect("the lease row is reachable")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_are_gapless_and_follow_versions() {
    on_every_shape(async |mut rig| {
        rig.start_owner("one");
        record_many(&rig.owner, 30, 7).await;
        assert_in_order(&rig.numbered(210).await);
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_committer_is_numbered_after_those_that_were_first() {
    on_every_shape(async |mut rig| {
        if !rig.is_postgres() {
            println!("a late committer: not on SQLite, which has one writer at a time");
            return rig.close().await;
        }
        rig.start_owner("one");
        prepare_month(&rig.owner).await;
        let id = rig.owner.ambient().new_uuid();
        let late = event(&rig.owner, id, 1);
        let (go, wait) = oneshot::channel::<()>();
        let writing = rig.owner.write(async |tx| {
            record_in(tx, std::slice::from_ref(&late)).await?;
            wait.await.expect("the test goes on");
            Ok::<_, kefu_store::StoreError>(())
        });
        let meanwhile = async {
            // Recorded later, committed first, in every partition.
            record_many(&rig.owner, 64, 1).await;
            assert!(rig.numbered(64).await.iter().all(|event| event.event_id != late.event_id));
            go.send(()).expect("the writer waits");
        };
        let (written, ()) = tokio::join!(writing, meanwhile);
        written.expect("the late transaction commits");
        let all = rig.numbered(65).await;
        assert_in_order(&all);
        let of_its_partition: Vec<_> =
            all.iter().filter(|event| event.partition == late.partition).collect();
        assert_eq!(of_its_partition.last().map(|event| event.event_id), Some(late.event_id));
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_holder_writes_nothing_when_it_wakes() {
    on_every_shape(async |rig| {
        let store = rig.owner.clone();
        kefu_outbox::prepare_numbering(&store).await.expect("heads");
        let paused = leases(&store, "paused", Duration::from_millis(30)).await;
        let stale = hold(&paused).await;
        assert_eq!(stale.len(), 16);
        let next = leases(&store, "next", Duration::from_secs(30)).await;
        let mut held = Held::new();
        eventually("the lease runs out", async || {
            held = hold(&next).await;
            held.len() == 16
        })
        .await;
        assert!(held.iter().all(|(partition, fencing)| stale[partition] < *fencing));
        assert!(hold(&paused).await.is_empty(), "the paused holder has nothing any more");

        record_many(&store, 40, 1).await;
        assert_eq!(number(&store, &held, 1_000).await.expect("numbered"), 40);
        record_many(&store, 40, 1).await;
        let refused = number(&store, &stale, 1_000).await;
        assert!(matches!(refused, Err(OutboxError::Fenced)), "{refused:?}");
        assert_eq!(everything(&store).await.len(), 40, "nothing was written by the paused one");
        assert_eq!(number(&store, &held, 1_000).await.expect("numbered"), 40);
        assert_in_order(&everything(&store).await);
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_owners_number_each_event_once() {
    on_every_shape(async |mut rig| {
        let first = rig.start_owner("one");
        rig.start_owner("two");
        let ids = record_many(&rig.owner, 20, 3).await;
        rig.numbered(60).await;
        first.cancel();
        for version in 4..=6 {
            let events: Vec<_> = ids.iter().map(|id| event(&rig.owner, *id, version)).collect();
            record(&rig.owner, &events).await;
        }
        assert_in_order(&rig.numbered(120).await);
        rig.close().await;
    })
    .await;
}
