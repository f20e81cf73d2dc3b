//! What only the embedded log has: one file for many publishers in one process.

use std::time::Duration;

use kefu_bus::{Backoff, Bus, BusConfig, BusError};
use kefu_kernel::Ambient;
use kefu_testkit::Folder;
use kefu_testkit::process::Start;
use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

use crate::place::{Place, acknowledge, consume, positions, publish, reader, take, within};

/// What a reader and those around it do.
#[derive(Clone, Debug)]
enum Step {
    Publish(usize),
    Take(usize),
    Ack(usize),
    Retry,
    NextHolder,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..200_usize).prop_map(Step::Publish),
        6 => (1..100_usize).prop_map(Step::Take),
        4 => (0..100_usize).prop_map(Step::Ack),
        2 => Just(Step::Retry),
        1 => Just(Step::NextHolder),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// The model is a list, how much of it was acknowledged, and how much was handed out.
    #[test]
    fn a_reader_is_a_cursor_over_a_list(steps in prop::collection::vec(step(), 1..40)) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(follow(steps));
    }
}

async fn follow(steps: Vec<Step>) {
    let mut place = Place::embedded();
    place.config.redelivery = Backoff { first: Duration::ZERO, most: Duration::ZERO };
    place.config.max_unacknowledged = 150;
    let mut bus = place.open().await;
    let mut fold = reader(&bus, "fold", 3);
    let (mut published, mut acknowledged, mut given) = (0_usize, 0_usize, 0_usize);
    let mut receipts: Vec<u64> = Vec::new();
    for step in steps {
        match step {
            Step::Publish(count) => {
                let from = i64::try_from(published).unwrap() + 1;
                publish(&bus, &place.events(3, from, count)).await;
                published += count;
            }
            Step::Take(max) => {
                let batch = fold.next_batch(max, Duration::ZERO).await.unwrap();
                let room = published.min(acknowledged + 150) - given;
                assert!(batch.len() <= max.min(room) && (room == 0 || !batch.is_empty()));
                for delivery in batch {
                    given += 1;
                    assert_eq!(usize::try_from(delivery.event.position).unwrap(), given);
                    receipts.truncate(given - acknowledged - 1);
                    receipts.push(delivery.receipt);
                }
            }
            Step::Ack(count) => {
                let count = count.min(given - acknowledged);
                if let Some(last) = count.checked_sub(1) {
                    fold.ack(receipts[last]).await.unwrap();
                    receipts.drain(..count);
                    acknowledged += count;
                }
            }
            Step::Retry => {
                fold.retry();
                given = acknowledged;
            }
            Step::NextHolder | Step::Reopen => {
                fold.close().await;
                if matches!(step, Step::Reopen) {
                    bus.close().await;
                    bus = place.open().await;
                }
                fold = reader(&bus, "fold", 3);
                given = acknowledged;
                receipts.clear();
            }
        }
    }
}

const CHILD_FILE: &str = "BUS_TEST_FILE";

#[tokio::test]
async fn what_a_killed_process_had_stored_is_there() {
    let folder = Folder::new("killed");
    let file = folder.join("events.db");
    let own = std::env::current_exe().unwrap();
    let mut known = 0;
    for round in 1..=10 {
        let mut child = Start::new("publisher", &own)
            .args(&["--exact", "embedded_only::publishes_until_killed", "--ignored", "--nocapture"])
            .env(CHILD_FILE, &file)
            .spawn()
            .unwrap();
        child.line(&format!("stored {};", known + round * 7)).await.unwrap();
        child.kill();
        let last = child.lines().iter().rev().find_map(|line| stored(line)).unwrap();
        let (bus, _task) = Bus::open(BusConfig::embedded(&file), Ambient::system()).await.unwrap();
        let kept = bus.last_position("tickets", 3).await.unwrap();
        assert!(kept >= last, "round {round}: {last} were stored, {kept} are there");
        known = kept;
        let count = usize::try_from(kept).unwrap();
        let seen = consume(&mut reader(&bus, &format!("fold-{round}"), 3), count).await;
        assert_eq!(positions(&seen), (1..=kept).collect::<Vec<_>>());
        bus.close().await;
    }
}

fn stored(line: &str) -> Option<i64> {
    line.strip_prefix("stored ")?.strip_suffix(';')?.parse().ok()
}

#[tokio::test]
#[ignore = "the process that another test kills"]
async fn publishes_until_killed() {
    let file = std::env::var(CHILD_FILE).unwrap();
    let (bus, _task) = Bus::open(BusConfig::embedded(file), Ambient::system()).await.unwrap();
    let place = Place::embedded();
    let mut position = bus.last_position("tickets", 3).await.unwrap();
    loop {
        publish(&bus, &place.events(3, position + 1, 1)).await;
        position += 1;
        println!("stored {position};");
    }
}

#[tokio::test]
async fn publications_side_by_side_keep_their_own_order() {
    let place = Place::embedded();
    let bus = place.open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for partition in 0..16 {
        let (bus, events) = (bus.clone(), place.events(partition, 1, 60));
        tasks.spawn(async move {
            for some in events.chunks(4) {
                publish(&bus, some).await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    for partition in 0..16 {
        let seen = consume(&mut reader(&bus, "fold", partition), 60).await;
        assert_eq!(positions(&seen), (1..=60).collect::<Vec<_>>());
    }
}

/// The second publisher stores for itself and for the third, and vanishes in the middle of it.
#[tokio::test]
async fn a_publisher_that_is_dropped_takes_nobody_with_it() {
    let place = Place::embedded();
    let bus = place.open().await;
    for round in 0..20_i64 {
        let events = [3, 4, 5].map(|partition| place.events(partition, round + 1, 1));
        let mut first = Box::pin(publish(&bus, &events[0]));
        let mut second = Box::pin(publish(&bus, &events[1]));
        let mut third = Box::pin(publish(&bus, &events[2]));
        let _ = futures::poll!(&mut first);
        let _ = futures::poll!(&mut second);
        let _ = futures::poll!(&mut third);
        first.await;
        let _ = futures::poll!(&mut second);
        drop(second);
        within("the third is served", third).await;
    }
    for partition in [3, 5] {
        let seen = consume(&mut reader(&bus, "fold", partition), 20).await;
        assert_eq!(positions(&seen), (1..=20).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn acknowledgements_are_kept_by_the_task_and_at_the_end() {
    let place = Place::embedded();
    let (bus, task) = Bus::open(place.config.clone(), place.clock.ambient.clone()).await.unwrap();
    publish(&bus, &place.events(3, 1, 10)).await;
    let mut fold = reader(&bus, "fold", 3);
    let seen = take(&mut fold, 10).await;
    acknowledge(&mut fold, &seen[..6]).await;
    let stop = CancellationToken::new();
    stop.cancel();
    task.run(stop).await;
    drop((fold, bus));
    let bus = place.open().await;
    let seen = take(&mut reader(&bus, "fold", 3), 4).await;
    assert_eq!(positions(&seen), [7, 8, 9, 10]);
}

#[tokio::test]
async fn a_folder_that_is_missing_is_told_at_the_start() {
    let place = Place::embedded();
    let mut config = place.config.clone();
    config.carrier =
        kefu_bus::Carrier::Embedded { path: "/nonexistent-folder-of-kefu/events.db".into() };
    let refused = Bus::open(config, place.clock.ambient.clone()).await.err();
    assert!(matches!(refused, Some(BusError::Unavailable(_))), "{refused:?}");
}
