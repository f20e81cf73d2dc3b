//! Dead letters: a poisoned event stops nobody but its own aggregate.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use kefu_api_common::v1::{
    DiscardDeadLetterRequest, DiscardDeadLetterResponse, ListDeadLettersRequest,
    ReplayDeadLettersRequest, ReplayDeadLettersResponse,
};
use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Call, Fault, Scope};
use kefu_outbox::dead_letter::{self, DeadLetter};
use kefu_outbox::tables::{decision, parked};
use kefu_outbox::{EventsApi, EventsError};
use kefu_store::runner::RunError;
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::projection::{Counting, complete, live_rows};
use crate::rig::{Rig, event, eventually, on_every_shape, record, record_many};

/// Poisons version 2 of the first of the aggregates and waits until all others are folded to 4.
async fn with_poison(rig: &mut Rig, panics: bool) -> (Arc<Counting>, Vec<Uuid>) {
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
            Some(letter) => behind(rig, letter).await == 2,
            None => false,
        }
    })
    .await;
    (projection, ids)
}

async fn behind(rig: &Rig, letter: &DeadLetter) -> u64 {
    let letters = std::slice::from_ref(letter);
    dead_letter::parked_behind(&rig.reader, letters).await.expect("count")[0]
}

/// A call with or without an idempotency key; `body` is what the request says.
fn call(request_id: Option<&str>, body: u8) -> Call {
    let request_id = request_id.map(str::to_owned);
    Call { request_id, fingerprint: [body; 32], ..Call::internal("reports", "test") }
}

/// Has a letter folded again.
pub async fn replay(
    api: &EventsApi,
    letter: &DeadLetter,
    request_id: Option<&str>,
) -> ReplayDeadLettersResponse {
    let id = id::encode("deadletter", letter.id);
    let request = ReplayDeadLettersRequest { dead_letter_ids: vec![id], ..Default::default() };
    api.replay_dead_letters(call(request_id, 1), request).await.expect("decided")
}

async fn discard(
    api: &EventsApi,
    letter: &DeadLetter,
    request_id: Option<&str>,
) -> Result<DiscardDeadLetterResponse, RunError<EventsError>> {
    let request = DiscardDeadLetterRequest {
        dead_letter_id: id::encode("deadletter", letter.id),
        reason: "it cannot be folded".to_owned(),
        ..Default::default()
    };
    api.discard_dead_letter(call(request_id, 2), request).await
}

async fn letters(rig: &Rig) -> Vec<DeadLetter> {
    dead_letter::list(&rig.reader, Some("counting"), None, 10).await.expect("letters are readable")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poisoned_event_is_set_aside_and_replayed() {
    on_every_shape(async |mut rig| {
        let (projection, ids) = with_poison(&mut rig, false).await;
        let api = rig.reader_api();
        let found = letters(&rig).await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].aggregate_id, found[0].error.as_str()), (ids[0], "told to refuse"));
        assert_eq!(behind(&rig, &found[0]).await, 2);

        // Replayed while it is still poisoned, it comes back with one attempt more.
        replay(&api, &found[0], None).await;
        eventually("it comes back", async || {
            let now = letters(&rig).await;
            now.len() == 1 && now[0].attempts == found[0].attempts + 1
        })
        .await;

        *projection.poisoned.lock().expect("unpoisoned") = None;
        replay(&api, &found[0], None).await;
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
        let api = rig.reader_api();
        discard(&api, &found[0], Some("one")).await.expect("decided");
        eventually("the reason is another", async || {
            letters(&rig).await.first().is_some_and(|letter| letter.error == "version 3 after 1")
        })
        .await;
        assert!(live_rows(&rig.reader).await.contains(&(ids[0], 1, 1)));
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_decision_is_carried_out_once() {
    on_every_shape(async |mut rig| {
        let (projection, ids) = with_poison(&mut rig, false).await;
        let api = rig.reader_api();
        let found = letters(&rig).await.remove(0);
        let first = replay(&api, &found, Some("one")).await;
        assert_eq!(first.replayed_ids, [id::encode("deadletter", found.id)]);
        let attempts = async |rig: &Rig| letters(rig).await.first().map(|letter| letter.attempts);
        let more = Some(found.attempts + 1);
        eventually("it comes back", async || attempts(&rig).await == more).await;
        assert_eq!(replay(&api, &found, Some("one")).await, first);
        assert_eq!(decisions(&rig).await, 0, "a repeat decided anew");
        let other = discard(&api, &found, Some("one")).await.expect_err("another request");
        assert_eq!(other.reason(), "REQUEST_ID_REUSED");

        *projection.poisoned.lock().expect("unpoisoned") = None;
        let kept = discard(&api, &found, Some("two")).await.expect("decided");
        eventually("the letter is gone, or about another event", async || {
            letters(&rig).await.first().is_none_or(|letter| letter.error != "told to refuse")
        })
        .await;
        let again = discard(&api, &found, Some("two")).await.expect("a repeat, not a second one");
        assert_eq!(again, kept);
        assert_eq!(decisions(&rig).await, 0, "a repeat decided anew");
        assert!(live_rows(&rig.reader).await.contains(&(ids[0], 1, 1)));
        rig.close().await;
    })
    .await;
}

async fn decisions(rig: &Rig) -> u64 {
    decision::Entity::find().count(rig.reader.reader()).await.expect("readable")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_letters_costs_the_same_however_many_there_are() {
    on_every_shape(async |mut rig| {
        let api = rig.reader_api();
        let mut cost = Vec::new();
        for count in [1, 40] {
            let letters: Vec<DeadLetter> =
                (0..count).map(|number| letter(&rig, number + count)).collect();
            let behind: Vec<parked::Model> = letters
                .iter()
                .flat_map(|letter| (1..3).map(|next| parked_event(letter, next)))
                .collect();
            let insert = async |tx: &kefu_store::WriteTx| {
                tx.insert(&letters).await?;
                tx.insert(&behind).await
            };
            rig.reader.write(insert).await.expect("set aside");
            let before = rig.reader.statements();
            let request = ListDeadLettersRequest::default();
            let page = api.list_dead_letters(&Scope::All, request).await.expect("readable");
            let page = page.dead_letters;
            cost.push(rig.reader.statements().reads - before.reads);
            assert!(page.len() >= letters.len());
            assert!(page.iter().all(|letter| letter.parked_events == 2), "{page:?}");
        }
        assert_eq!(cost[0], cost[1], "statements for one letter, and for many");
        rig.close().await;
    })
    .await;
}

fn letter(rig: &Rig, position: i64) -> DeadLetter {
    DeadLetter {
        id: rig.reader.ambient().new_uuid(),
        consumer: "counting@1".to_owned(),
        source: "orders".to_owned(),
        partition: 1,
        position: position * 10,
        aggregate_id: rig.reader.ambient().new_uuid(),
        event: Vec::new(),
        attempts: 3,
        error: "told to refuse".to_owned(),
        failed_at: 0,
    }
}

fn parked_event(letter: &DeadLetter, next: i64) -> parked::Model {
    parked::Model {
        consumer: letter.consumer.clone(),
        source: letter.source.clone(),
        partition: letter.partition,
        position: letter.position + next,
        aggregate_id: letter.aggregate_id,
        event: Vec::new(),
    }
}
