//! Dead letters: a poisoned event stops nobody but its own aggregate.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use kefu_outbox::dead_letter;

use crate::projection::{Counting, complete, live_rows};
use crate::rig::{Rig, event, eventually, on_every_shape, record, record_many};

/// Poisons version 2 of the first of the aggregates and waits until all others are folded to 4.
async fn with_poison(rig: &mut Rig, panics: bool) -> (Arc<Counting>, Vec<kefu_kernel::id::Uuid>) {
    let projection = Arc::new(Counting::default());
    projection.panics.store(panics, Ordering::Relaxed);
    rig.start_owner("one");
    let ids = record_many(&rig.owner, 20, 1).await;
    *projection.poisoned.lock().expect("unpoisoned") = Some((ids[0], 2));
    rig.start_consumer(projection.clone(), "one");
    for version in 2..=4 {
        let events: Vec<_> = ids.iter().map(|id| event(&rig.owner, *id, version)).collect();
        record(&rig.owner, &events).await;
    }
    let mut expected = complete(ids.clone(), 4);
    for row in expected.iter_mut().filter(|row| row.0 == ids[0]) {
        *row = (ids[0], 1, 1);
    }
    eventually("all others are folded", async || live_rows(&rig.reader).await == expected).await;
    eventually("the poisoned one is set aside, and what follows it", async || {
        match letters(rig).await.first() {
            Some(letter) => {
                dead_letter::parked_behind(&rig.reader, letter).await.expect("count") == 2
            }
            None => false,
        }
    })
    .await;
    (projection, ids)
}

async fn letters(rig: &Rig) -> Vec<dead_letter::DeadLetter> {
    dead_letter::list(&rig.reader, Some("counting"), None, 10).await.expect("letters are readable")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poisoned_event_is_set_aside_and_replayed() {
    on_every_shape(async |mut rig| {
        let (projection, ids) = with_poison(&mut rig, false).await;
        let found = letters(&rig).await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].aggregate_id, found[0].error.as_str()), (ids[0], "told to refuse"));
        assert_eq!(dead_letter::parked_behind(&rig.reader, &found[0]).await.expect("count"), 2);

        // Replayed while it is still poisoned, it comes back with one attempt more.
        dead_letter::replay(&rig.reader, &[found[0].id]).await.expect("marked");
        eventually("it comes back", async || {
            let now = letters(&rig).await;
            now.len() == 1 && now[0].attempts == found[0].attempts + 1
        })
        .await;

        *projection.poisoned.lock().expect("unpoisoned") = None;
        dead_letter::replay(&rig.reader, &[found[0].id]).await.expect("marked");
        let expected = complete(ids.clone(), 4);
        eventually("all is folded", async || live_rows(&rig.reader).await == expected).await;
        assert!(letters(&rig).await.is_empty());

        // Its aggregate goes on as any other.
        record(&rig.owner, &[event(&rig.owner, ids[0], 5)]).await;
        eventually("the aggregate goes on", async || {
            live_rows(&rig.reader).await.contains(&(ids[0], 5, 5))
        })
        .await;
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projection_that_panics_is_treated_alike() {
    on_every_shape(async |mut rig| {
        let (_, ids) = with_poison(&mut rig, true).await;
        let found = letters(&rig).await;
        assert_eq!((found[0].aggregate_id, found.len()), (ids[0], 1));
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_discarded_letter_lets_the_rest_go_on_or_fail_by_itself() {
    on_every_shape(async |mut rig| {
        let (_, ids) = with_poison(&mut rig, false).await;
        let found = letters(&rig).await;
        // Version 3 cannot follow version 1: what waited behind fails for its own reason.
        dead_letter::discard(&rig.reader, found[0].id).await.expect("marked");
        eventually("the reason is another", async || {
            letters(&rig).await.first().is_some_and(|letter| letter.error == "version 3 after 1")
        })
        .await;
        assert!(live_rows(&rig.reader).await.contains(&(ids[0], 1, 1)));
        rig.close().await;
    })
    .await;
}
