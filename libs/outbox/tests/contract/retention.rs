//! Months pass, old ones go, and what is left proves that nothing else went.

use std::sync::Arc;
use std::time::Duration;

use kefu_api_common::v1::list_changes_request::From;
use kefu_api_common::v1::{ListChangesRequest, PartitionPosition};
use kefu_kernel::{Fault, FaultKind, PARTITIONS, Recorded, Scope, Timestamp};
use kefu_outbox::audit::Flaw;
use kefu_outbox::{
    ChangeSource, EventsApi, Folder, Held, Leases, Retention, changes, number, prepare_numbering,
    publish, rebuild,
};
use kefu_store::tables::{dropped_head, event, event_personal};
use kefu_store::{Runner, RunnerOptions, Store, StoreError};
use kefu_testkit::clock::Moved;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};

use crate::audit::{findings, signer};
use crate::projection::{Counting, complete, live_rows};
use crate::rig::{
    Rig, event as new_event, eventually, on_every_shape, record, record_in, record_many,
};

/// 1 January 2026.
const JANUARY: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const DAY: Duration = Duration::from_secs(86_400);
/// Aggregates and their versions in each month.
const A_MONTH: (usize, i64) = (20, 2);
const EVENTS_A_MONTH: usize = 40;

/// A log with its owner's leases, and a consumer of it that stands in the same database.
struct Log {
    clock: Moved,
    store: Store,
    held: Held,
    folder: Folder,
}

impl Log {
    async fn open(rig: &Rig) -> Self {
        let clock = Moved::at(JANUARY, 7);
        let store = rig.owner_at(&clock).await;
        prepare_numbering(&store).await.expect("heads");
        let held = lease(&store, "relay").await;
        let mut folder = Folder::new(store.clone(), Arc::new(Counting::default()), 1, true);
        folder.take(lease(&store, "counting/orders").await).await.expect("checkpoints");
        Self { clock, store, held, folder }
    }

    /// Goes to `at`, and records a month's events.
    async fn month(&self, at: Timestamp) -> Vec<uuid::Uuid> {
        self.clock.record.advance(at.since(self.clock.ambient.now()));
        record_many(&self.store, A_MONTH.0, A_MONTH.1).await
    }

    async fn relay(&self, rig: &Rig) {
        while number(&self.store, &self.held, 1_000).await.expect("numbered") > 0 {}
        kefu_outbox::audit::sign_heads(&self.store, &signer(), &self.held).await.expect("signed");
        // A bus that is away for a moment is tried again, as the relay does.
        let all = async || match publish(&self.store, &rig.bus, &self.held, 1_000).await {
            Ok(published) => published == 0,
            Err(error) => {
                assert_eq!(error.kind(), FaultKind::Unavailable, "{error}");
                false
            }
        };
        eventually("all is published", all).await;
    }

    /// Drops what can go where `months` are kept; returns how many months that were.
    async fn pass(&self, months: Option<u32>) -> u32 {
        let signer = Arc::new(signer());
        let retention = Retention::new(self.store.clone(), Vec::new(), signer, months);
        retention.pass().await.expect("the log is looked after")
    }

    /// What is kept, in order.
    async fn kept(&self) -> Vec<Recorded> {
        let mut after = changes::beginning();
        after.extend(changes::dropped(&self.store).await.expect("readable"));
        changes::list(&self.store, &after, 1_000_000).await.expect("readable")
    }

    async fn rows(&self) -> u64 {
        event::Entity::find().count(self.store.reader()).await.expect("readable")
    }
}

async fn lease(store: &Store, role: &str) -> Held {
    let all: Vec<u8> = (0..PARTITIONS).collect();
    let leases = Leases::new(store.clone(), role, "one", Duration::from_secs(600));
    leases.prepare(&all).await.expect("rows");
    leases.hold(&all).await.expect("held")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_months_go_when_everybody_has_folded_them_and_the_chain_verifies() {
    on_every_shape(async |rig| {
        let mut log = Log::open(&rig).await;
        log.month(JANUARY.plus(10 * DAY)).await;
        // One of January's events is numbered after the first of February's.
        let late = new_event(&log.store, log.store.ambient().new_uuid(), 1);
        log.clock.record.advance(21 * DAY);
        record_many(&log.store, A_MONTH.0, A_MONTH.1).await;
        log.relay(&rig).await;
        record(&log.store, std::slice::from_ref(&late)).await;
        log.month(JANUARY.plus(70 * DAY)).await;
        log.month(JANUARY.plus(100 * DAY)).await;
        log.relay(&rig).await;
        let all = log.kept().await;
        assert_eq!(all.len(), 4 * EVENTS_A_MONTH + 1);

        let old = all.iter().find(|event| event.recorded_at < JANUARY.plus(31 * DAY));
        let young = all.iter().find(|event| event.recorded_at > JANUARY.plus(99 * DAY));
        let young = young.expect("an event of April");
        let beside = [old.expect("an event of January"), young].map(beside);
        log.store.write(async |tx| tx.insert(&beside).await).await.expect("kept beside");
        assert_eq!(log.pass(None).await, 0, "without a policy all is kept");
        assert_eq!(log.pass(Some(1)).await, 0, "nobody has folded anything");
        let february = all.iter().filter(|event| event.recorded_at >= JANUARY.plus(31 * DAY));
        let february = february.map(|event| (event.partition, event.position));
        let before = |event: &Recorded| {
            february.clone().all(|(own, at)| own != event.partition || event.position < at)
        };
        let first: Vec<Recorded> = all.iter().filter(|event| before(event)).cloned().collect();
        log.folder.fold(&first).await.expect("folded");
        assert_eq!(log.pass(Some(1)).await, 1, "January alone is folded");
        assert!(log.kept().await.contains(
            &all[all.iter().position(|e| e.event_id == late.event_id).expect("it is numbered")]
        ));
        assert_eq!(log.kept().await.len(), 3 * EVENTS_A_MONTH + 1);
        verified(&log, 3 * EVENTS_A_MONTH + 1).await;

        log.folder.fold(&all).await.expect("folded");
        assert_eq!(
            log.pass(Some(1)).await,
            1,
            "February is old, March is the month before this one"
        );
        assert_eq!(log.kept().await.len(), 2 * EVENTS_A_MONTH);
        assert_eq!(log.rows().await, 2 * EVENTS_A_MONTH as u64);
        let personal = event_personal::Entity::find().all(log.store.reader()).await;
        let personal = personal.expect("readable").into_iter().map(|row| row.event_id);
        assert_eq!(personal.collect::<Vec<_>>(), [young.event_id]);
        assert_eq!(log.pass(Some(1)).await, 0);
        verified(&log, 2 * EVENTS_A_MONTH).await;
        log.store.close().await;
        rig.close().await;
    })
    .await;
}

/// A personal value that an event changed.
fn beside(event: &Recorded) -> event_personal::Model {
    event_personal::Model {
        event_id: event.event_id,
        field: "subject".to_owned(),
        aggregate_id: event.aggregate_id,
        recorded_at: event.recorded_at.as_millis(),
        before: String::new(),
        after: "A parcel".to_owned(),
        erased: false,
    }
}

/// The chain goes on from what was dropped; whoever alters that is found out.
async fn verified(log: &Log, kept: usize) {
    let (checked, signed, found) = findings(&log.store).await;
    assert_eq!((checked, found), (kept as u64, Vec::new()));
    assert!(signed > 0);
    let alter = async |chain: Vec<u8>| {
        let update = dropped_head::Entity::update_many()
            .col_expr(dropped_head::Column::Chain, Expr::value(chain));
        let alter = log.store.write(async |tx| update.exec(tx).await.map_err(StoreError::from));
        alter.await.expect("altered");
    };
    let before = dropped_head::Entity::find().all(log.store.reader()).await.expect("readable");
    alter(vec![7; 32]).await;
    let (_, _, found) = findings(&log.store).await;
    let bad = found.iter().filter(|one| one.flaw == Flaw::BadSignature).count();
    assert_eq!(bad, before.len(), "{found:?}");
    log.store.write(async |tx| tx.put(&before).await).await.expect("mended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_begin_where_the_log_begins_and_say_what_they_cannot_see() {
    on_every_shape(async |mut rig| {
        let mut log = Log::open(&rig).await;
        log.month(JANUARY).await;
        let kept =
            [log.month(JANUARY.plus(70 * DAY)).await, log.month(JANUARY.plus(100 * DAY)).await];
        log.relay(&rig).await;
        let all = log.kept().await;
        log.folder.fold(&all).await.expect("folded");
        assert_eq!(log.pass(Some(1)).await, 1);

        let (runner, _task) = Runner::new(log.store.clone(), RunnerOptions::default());
        let api = EventsApi::new(log.store.clone(), runner, Arc::new(signer()));
        let list = async |from: Option<From>| {
            api.list_changes(&Scope::All, ListChangesRequest { from, ..Default::default() }).await
        };
        let oldest = list(None).await.expect("the oldest that is kept");
        assert_eq!(oldest.changes.len(), 2 * EVENTS_A_MONTH);
        let dropped: i64 = oldest.dropped.iter().map(|place| place.position).sum();
        assert_eq!(dropped, EVENTS_A_MONTH as i64);
        let gone = all[0].clone();
        for position in [0, gone.position - 1] {
            let partition = i32::from(gone.partition);
            let from = From::After(PartitionPosition { partition, position });
            assert_eq!(list(Some(from)).await.expect_err("dropped").reason(), "CURSOR_DROPPED");
        }
        let from = From::Cursor(kefu_outbox::cursor::encode(&changes::beginning()));
        assert_eq!(list(Some(from)).await.expect_err("dropped").reason(), "CURSOR_DROPPED");
        let from = From::Cursor(oldest.next_cursor);
        assert_eq!(list(Some(from)).await.expect("the end").changes, []);

        let expected = complete(kept.concat(), A_MONTH.1);
        let source: Arc<dyn ChangeSource> = Arc::new(log.store.clone());
        rig.start_consumer_of(Arc::clone(&source), Arc::new(Counting::default()), "new");
        eventually("a new consumer is at the end", async || {
            live_rows(&rig.reader).await == expected
        })
        .await;
        let mut unseen = 0;
        let projection = Arc::new(Counting::default());
        rebuild(&rig.reader, projection, source.as_ref(), "one", |told| unseen = told.unseen)
            .await
            .expect("rebuilt");
        assert_eq!(unseen, EVENTS_A_MONTH as u64, "a rebuild says what it can no longer see");
        assert_eq!(live_rows(&rig.reader).await, expected);
        log.store.close().await;
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_without_its_month_is_kept_told_of_and_moved() {
    on_every_shape(async |rig| {
        let log = Log::open(&rig).await;
        let id = log.store.ambient().new_uuid();
        let events = [new_event(&log.store, id, 1)];
        log.store.write(async |tx| record_in(tx, &events).await).await.expect("no month, no loss");
        number(&log.store, &log.held, 10).await.expect("numbered");
        assert_eq!(log.kept().await.len(), 1);
        // Months before it are made: the event is in none of them.
        let unplaced = log.store.prepare_months(JANUARY.plus(40 * DAY)).await.expect("made");
        assert_eq!(unplaced, u64::from(rig.is_postgres()));
        let unplaced = log.store.prepare_months(JANUARY).await.expect("made");
        assert_eq!((unplaced, log.kept().await.len()), (0, 1));
        if rig.is_postgres() {
            let count = "SELECT COUNT(*) AS moved FROM event_2026_01".to_owned();
            let statement = sea_orm::Statement::from_string(log.store.backend(), count);
            let row = log.store.reader().query_one_raw(statement).await.expect("it is there");
            assert_eq!(row.expect("a count").try_get::<i64>("", "moved").expect("a number"), 1);
        }
        log.store.close().await;
        rig.close().await;
    })
    .await;
}
