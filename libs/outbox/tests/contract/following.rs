//! Readers of a projection are told of what was folded: by the bus, by a replay, by a rebuild.

use std::sync::Arc;

use kefu_kernel::id::Uuid;
use kefu_outbox::{ChangeSource, Folds, dead_letter, rebuild};
use kefu_store::{Store, StoreError, Topic};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::letters::replay;
use crate::projection::{Counting, complete, live_rows};
use crate::rig::{Rig, event, eventually, on_every_shape, record, record_many};

/// What a reader has seen last: it reads only when it is told.
struct Reader {
    seen: watch::Receiver<Vec<(Uuid, i64, i64)>>,
    _task: JoinSet<()>,
}

impl Reader {
    fn start(store: Store) -> Self {
        let (tell, seen) = watch::channel(Vec::new());
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut folds = Folds::of(&store, "counting");
            loop {
                folds.changed().await.expect("the mark is readable");
                tell.send_replace(live_rows(&store).await);
            }
        });
        Self { seen, _task: task }
    }

    async fn sees(&self, what: &str, rows: &[(Uuid, i64, i64)]) {
        eventually(what, async || *self.seen.borrow() == rows).await;
    }
}

/// Readers here and, on PostgreSQL, in what stands for another process, once that one listens.
async fn readers(rig: &mut Rig) -> [Reader; 2] {
    let elsewhere = rig.reader_elsewhere().await;
    let mut heard = elsewhere.committed(Topic::Outgoing);
    heard.wait().await;
    eventually("the other process listens", async || {
        let told = rig.reader.write(async |tx| {
            tx.wakes(Topic::Outgoing);
            Ok::<_, StoreError>(())
        });
        told.await.expect("told");
        let waited = std::time::Duration::from_millis(50);
        tokio::time::timeout(waited, heard.wait()).await.is_ok()
    })
    .await;
    [Reader::start(rig.reader.clone()), Reader::start(elsewhere)]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_are_told_of_what_was_folded() {
    on_every_shape(async |mut rig| {
        let readers = readers(&mut rig).await;
        let projection = Arc::new(Counting::default());
        rig.start_owner("one");
        rig.start_consumer(projection.clone(), "one");
        let ids = record_many(&rig.owner, 5, 3).await;
        for reader in &readers {
            reader.sees("what was folded", &complete(ids.clone(), 3)).await;
        }

        *projection.poisoned.lock().expect("unpoisoned") = Some((ids[0], 4));
        record(&rig.owner, &[event(&rig.owner, ids[0], 4)]).await;
        let mut letter = Vec::new();
        eventually("it is set aside", async || {
            letter = dead_letter::list(&rig.reader, None, None, 1).await.expect("readable");
            !letter.is_empty()
        })
        .await;
        *projection.poisoned.lock().expect("unpoisoned") = None;
        replay(&rig.reader_api(), &letter[0], None).await;
        let mut replayed = complete(ids.clone(), 3);
        for row in replayed.iter_mut().filter(|row| row.0 == ids[0]) {
            *row = (ids[0], 4, 4);
        }
        for reader in &readers {
            reader.sees("what was replayed", &replayed).await;
        }
        drop(readers);
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_are_told_of_a_rebuilt_projection() {
    on_every_shape(async |mut rig| {
        let readers = readers(&mut rig).await;
        rig.start_owner("one");
        let ids = record_many(&rig.owner, 3, 2).await;
        rig.numbered(6).await;
        let source: Arc<dyn ChangeSource> = Arc::new(rig.owner.clone());
        let projection = Arc::new(Counting::default());
        rebuild(&rig.reader, projection, source.as_ref(), "one", |_| ()).await.expect("rebuilt");
        for reader in &readers {
            reader.sees("the new generation", &complete(ids.clone(), 2)).await;
        }
        drop(readers);
        rig.close().await;
    })
    .await;
}
