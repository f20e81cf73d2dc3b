//! Followers are told of commits, in the process and, on PostgreSQL, in others.

use std::time::Duration;

use kefu_kernel::Ambient;
use kefu_store::{Store, StoreError, Topic, WriteTx};
use sea_orm::DbBackend;
use tokio_util::sync::CancellationToken;

use crate::backends::Fresh;

crate::on_both!(a_follower_is_woken_by_its_topic, another_process_is_woken);

/// Longer than any test takes: a follower that returns was woken, not paced.
const NEVER: Duration = Duration::from_secs(3_600);

async fn patient(fresh: &Fresh) -> Store {
    let config = kefu_store::StoreConfig { poll: NEVER, ..fresh.config() };
    Store::open(config, Ambient::system()).await.unwrap()
}

async fn commit(store: &Store, topic: Topic) {
    let done: Result<(), StoreError> = store
        .write(async |tx: &WriteTx| {
            tx.wakes(topic);
            Ok(())
        })
        .await;
    done.unwrap();
}

async fn a_follower_is_woken_by_its_topic(fresh: Fresh) {
    let store = patient(&fresh).await;
    let mut events = store.committed(Topic::Events);
    let mut timers = store.committed(Topic::Timers);
    events.wait().await;
    timers.wait().await;
    commit(&store, Topic::Events).await;
    events.wait().await;
    let quiet = tokio::time::timeout(Duration::from_millis(50), timers.wait()).await;
    assert!(quiet.is_err(), "a timer's follower heard of events");
    let failed: Result<(), StoreError> = store
        .write(async |tx: &WriteTx| {
            tx.wakes(Topic::Timers);
            Err(StoreError::Defect("on purpose".into()))
        })
        .await;
    failed.unwrap_err();
    let quiet = tokio::time::timeout(Duration::from_millis(50), timers.wait()).await;
    assert!(quiet.is_err(), "a rolled back transaction woke a follower");
}

async fn another_process_is_woken(fresh: Fresh) {
    let (one, two) = (patient(&fresh).await, patient(&fresh).await);
    if one.backend() == DbBackend::Sqlite {
        return;
    }
    let stop = CancellationToken::new();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(one.wake_task().run(stop.clone()));
    tasks.spawn(two.wake_task().run(stop.clone()));
    let mut follower = two.committed(Topic::Outgoing);
    follower.wait().await;
    // Until the other listens its commits are not heard; a follower's poll covers that time.
    let heard = async {
        loop {
            commit(&one, Topic::Outgoing).await;
            if tokio::time::timeout(Duration::from_millis(100), follower.wait()).await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), heard).await.expect("the other process is woken");
    for _ in 0..3 {
        commit(&one, Topic::Outgoing).await;
        follower.wait().await;
    }
    stop.cancel();
    tasks.join_all().await;
}
