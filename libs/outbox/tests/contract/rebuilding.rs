//! A rebuild beside the live projection ends in the same rows, also under traffic.

use std::sync::Arc;

use kefu_outbox::{live_generation, rebuild};

use crate::projection::{Counting, complete, live_rows};
use crate::rig::{event, eventually, on_every_shape, record, record_many};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_equals_live_under_traffic() {
    on_every_shape(async |mut rig| {
        rig.start_owner("one");
        rig.start_consumer(Arc::new(Counting::default()), "one");
        let ids = record_many(&rig.owner, 20, 3).await;
        rig.numbered(60).await;
        let expected = complete(ids.clone(), 3);
        eventually("live is folded", async || live_rows(&rig.reader).await == expected).await;

        let traffic = async {
            for version in 4..=12 {
                let events: Vec<_> = ids.iter().map(|id| event(&rig.owner, *id, version)).collect();
                record(&rig.owner, &events).await;
                // Readers never see fewer than what was there before.
                let seen = live_rows(&rig.reader).await;
                assert!(seen.len() == 20 && seen.iter().all(|row| row.2 >= 3), "{seen:?}");
            }
        };
        let projection = Arc::new(Counting::default());
        let rebuilding = rebuild(&rig.reader, projection, &rig.owner, "operator", |_| {});
        let (generation, ()) = tokio::join!(rebuilding, traffic);
        assert_eq!(generation.expect("the rebuild ends"), 2);
        assert_eq!(live_generation(&rig.reader, "counting").await.expect("readable"), 2);
        let expected = complete(ids, 12);
        eventually("the swapped one goes on", async || live_rows(&rig.reader).await == expected)
            .await;
        rig.close().await;
    })
    .await;
}
