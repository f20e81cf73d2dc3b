//! What holds when holders vanish, carriers die, and logs are lost.

use std::collections::BTreeSet;
use std::time::Duration;

use kefu_bus::{BusError, Delivery, Subscription};
use kefu_kernel::Recorded;

use crate::place::{
    Place, acknowledge, consume, polled, positions, publish, reader, refusal, take, take_until,
    within,
};

pub async fn publishing_stops_at_the_first_failure_and_can_be_repeated(place: Place) {
    let bus = place.open().await;
    let mut events = place.events(3, 1, 10);
    events[6].payload = vec![0; kefu_bus::cloudevents::MAX_EVENT_BYTES];
    let (stored, error) = refusal(&bus, &events).await;
    assert_eq!(stored, 6);
    let told = events[6].event_id.to_string();
    assert!(matches!(error, BusError::Unsendable { event_id, .. } if event_id == told));
    assert_eq!(bus.last_position("tickets", 3).await.unwrap(), 6);
    events[6].payload.clear();
    publish(&bus, &events).await;
    let seen = consume(&mut reader(&bus, "fold", 3), 10).await;
    assert_eq!(positions(&seen), (1..=10).collect::<Vec<_>>());
}

pub async fn the_next_holder_gets_soon_what_was_given_back(mut place: Place) {
    place.set_ack_wait(Duration::from_secs(3600));
    let bus = place.open().await;
    publish(&bus, &place.events(3, 1, 20)).await;
    let mut first = reader(&bus, "fold", 3);
    let seen = take(&mut first, 20).await;
    first.ack(seen[4].receipt).await.unwrap();
    first.close().await;
    let mut second = reader(&bus, "fold", 3);
    let again = take(&mut second, 15).await;
    assert_eq!(set(&again), (6..=20).collect());
    acknowledge(&mut second, &again).await;
}

pub async fn the_next_holder_gets_what_a_vanished_one_held(mut place: Place) {
    place.set_ack_wait(Duration::from_millis(500));
    let bus = place.open().await;
    publish(&bus, &place.events(3, 1, 20)).await;
    let mut first = reader(&bus, "fold", 3);
    let seen = take(&mut first, 20).await;
    first.ack(seen[4].receipt).await.unwrap();
    drop(first);
    let mut second = reader(&bus, "fold", 3);
    let all = |taken: &[Delivery]| set(taken).is_superset(&(6..=20).collect());
    take_until(&mut second, all).await;
}

pub async fn two_holders_of_one_name_miss_nothing_between_them(mut place: Place) {
    place.set_ack_wait(Duration::from_millis(500));
    let bus = place.open().await;
    let (mut one, mut other) = (reader(&bus, "fold", 3), reader(&bus, "fold", 3));
    let mut seen = BTreeSet::new();
    for round in 0..10 {
        publish(&bus, &place.events(3, round * 10 + 1, 10)).await;
        for holder in [&mut one, &mut other] {
            seen.extend(set(&step(holder).await));
        }
    }
    // One of them dies with whatever it holds.
    drop(other);
    within("the one that is left gets the rest", async {
        while seen.len() < 100 {
            seen.extend(set(&step(&mut one).await));
        }
    })
    .await;
    assert_eq!(seen, (1..=100).collect());
}

pub async fn nothing_is_lost_over_a_crash(mut place: Place) {
    place.set_ack_wait(Duration::from_secs(1));
    let mut bus = place.open().await;
    publish(&bus, &place.events(3, 1, 300)).await;
    let mut fold = reader(&bus, "fold", 3);
    consume(&mut fold, 100).await;
    drop(fold);
    bus = place.crash(bus).await;
    publish(&bus, &place.events(3, 301, 300)).await;
    let mut fresh = reader(&bus, "another", 3);
    let everything = |taken: &[Delivery]| set(taken).len() == 600;
    assert_eq!(set(&take_until(&mut fresh, everything).await), (1..=600).collect());
    let mut fold = reader(&bus, "fold", 3);
    let rest = |taken: &[Delivery]| set(taken).is_superset(&(101..=600).collect());
    take_until(&mut fold, rest).await;
}

/// As `kefu-outbox` uses the bus: what is not the next position is dropped or waited for.
pub async fn a_checkpoint_makes_each_effect_happen_once_over_crashes(mut place: Place) {
    place.set_ack_wait(Duration::from_millis(500));
    let mut bus = place.open().await;
    let (mut checkpoint, mut total) = (0_i64, 0_i64);
    let mut waiting = BTreeSet::new();
    for round in 0..4 {
        let events = place.events(3, round * 100 + 1, 100);
        let mut fold = reader(&bus, "fold", 3);
        publish(&bus, &events).await;
        let goal = if round == 3 { 400 } else { round * 100 + 50 };
        within("the fold goes on", async {
            while checkpoint < goal {
                let batch = fold.next_batch(17, Duration::from_secs(1)).await.unwrap_or_default();
                waiting.extend(set(&batch));
                while waiting.contains(&(checkpoint + 1)) {
                    checkpoint += 1;
                    total += checkpoint;
                }
                acknowledge(&mut fold, &batch).await;
            }
        })
        .await;
        drop(fold);
        bus = place.crash(bus).await;
    }
    assert_eq!((checkpoint, total), (400, 400 * 401 / 2));
}

pub async fn a_lost_log_is_made_anew(mut place: Place) {
    let bus = place.open().await;
    let events = place.events(3, 1, 50);
    publish(&bus, &events).await;
    consume(&mut reader(&bus, "fold", 3), 50).await;
    let bus = place.lose(bus).await;
    let lost = within("the carrier answers", async {
        loop {
            match bus.last_position("tickets", 3).await {
                Ok(position) => break position,
                Err(_) => polled().await,
            }
        }
    });
    assert_eq!(lost.await, 0);
    publish(&bus, &events).await;
    let seen = consume(&mut reader(&bus, "fold", 3), 50).await;
    assert_eq!(positions(&seen), (1..=50).collect::<Vec<_>>());
}

pub async fn what_is_too_old_is_removed(mut place: Place) {
    place.config.max_age = Duration::from_secs(1);
    let bus = place.open().await;
    let mut late = reader(&bus, "late", 3);
    publish(&bus, &place.events(3, 1, 20)).await;
    // The embedded log goes by the machine clock, which stands still; the broker has its own.
    bus.maintain().await.unwrap();
    place.clock.machine.advance(Duration::from_secs(2));
    within("the old events are removed", async {
        while bus.last_position("tickets", 3).await.unwrap() != 0 {
            bus.maintain().await.unwrap();
            polled().await;
        }
    })
    .await;
    let fresh: Vec<Recorded> = place.events(3, 21, 2);
    publish(&bus, &fresh).await;
    assert_eq!(positions(&take(&mut late, 2).await), [21, 22]);
}

pub async fn a_closed_bus_says_so(place: Place) {
    let bus = place.open().await;
    let mut fold = reader(&bus, "fold", 3);
    publish(&bus, &place.events(3, 1, 5)).await;
    let seen = take(&mut fold, 5).await;
    acknowledge(&mut fold, &seen[..2]).await;
    fold.close().await;
    bus.close().await;
    bus.close().await;
    let (stored, error) = refusal(&bus, &place.events(3, 6, 1)).await;
    assert!(stored == 0 && matches!(error, BusError::Closed), "{error:?}");
    let late = reader(&bus, "late", 3).next_batch(1, Duration::ZERO).await;
    assert!(matches!(late, Err(BusError::Closed)));
    let again = place.open().await;
    assert_eq!(set(&take(&mut reader(&again, "fold", 3), 3).await), (3..=5).collect());
}

fn set(deliveries: &[Delivery]) -> BTreeSet<i64> {
    positions(deliveries).into_iter().collect()
}

/// What one holder takes and acknowledges in one go, which may be nothing.
async fn step(holder: &mut Subscription) -> Vec<Delivery> {
    let batch = holder.next_batch(7, Duration::from_millis(20)).await.unwrap();
    acknowledge(holder, &batch).await;
    batch
}
