//! Two processes on one database: every race held open at its worst moment.

use std::collections::BTreeSet;
use std::time::Duration;

use kefu_store::{FaultPoint, RunnerOptions, Store, StoreConfig};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::batches::{deposit, open};
use super::faults::{Script, unknown};
use super::harness::{Replica, assert_same, call, id, read};
use crate::backends::Fresh;
use crate::fixture::model::{Model, Told};
use crate::fixture::ops::{Op, OpError};

crate::on_both!(
    a_change_in_between_is_decided_again,
    a_key_claimed_in_between_is_seen,
    an_aggregate_created_in_between_is_seen,
    a_request_answered_in_between_is_seen,
    what_was_relied_on_is_checked,
    a_repeat_elsewhere_waits_for_the_first,
    a_commit_under_way_is_waited_for_before_it_is_looked_up,
    a_repeat_elsewhere_does_not_wait_for_ever,
    a_locked_aggregate_holds_up_no_other,
    numbers_are_unique,
);

/// Two processes; the first is held when it has decided and not begun to write.
async fn two(fresh: &Fresh) -> (std::sync::Arc<Script>, Replica, Replica) {
    let script = Script::new();
    let one = Replica::with_faults(fresh, script.clone()).await;
    let two = Replica::start(fresh).await;
    (script, one, two)
}

async fn a_change_in_between_is_decided_again(fresh: Fresh) {
    let (script, one, two) = two(&fresh).await;
    two.run(&open(1), None).await;
    two.run(&deposit(1, 10, "a"), None).await;
    let held = script.hold(|point| point == FaultPoint::BeforeBegin);
    let withdraw = Op::Withdraw { id: id(1), amount: 8 };
    let (told, ()) = tokio::join!(one.run(&withdraw, None), async {
        held.arrived().await;
        assert!(matches!(two.run(&withdraw, None).await, Told::Done(_)));
        held.release();
    });
    assert_eq!(told, Told::Refused(OpError::Insufficient), "it was enough for one");
    assert_eq!(read(&one.store).await.accounts[&id(1)].balance, 2);
    one.stop().await;
    two.stop().await;
}

async fn a_key_claimed_in_between_is_seen(fresh: Fresh) {
    let (script, one, two) = two(&fresh).await;
    let with_key = |number| Op::Open { id: id(number), key: "same".into(), branch: None };
    // The first transaction leases numbers, the second writes.
    let lease = script.hold(|point| point == FaultPoint::BeforeBegin);
    lease.release();
    let held = script.hold(|point| point == FaultPoint::BeforeBegin);
    let mine = with_key(1);
    let (told, ()) = tokio::join!(one.run(&mine, None), async {
        held.arrived().await;
        assert!(matches!(two.run(&with_key(2), None).await, Told::Done(_)));
        held.release();
    });
    assert_eq!(told, Told::Refused(OpError::KeyTaken));
    assert_eq!(read(&one.store).await.accounts.into_keys().collect::<Vec<_>>(), [id(2)]);
    one.stop().await;
    two.stop().await;
}

async fn an_aggregate_created_in_between_is_seen(fresh: Fresh) {
    let (script, one, two) = two(&fresh).await;
    let with_key = |key: &str| Op::Open { id: id(1), key: key.to_owned(), branch: None };
    let lease = script.hold(|point| point == FaultPoint::BeforeBegin);
    lease.release();
    let held = script.hold(|point| point == FaultPoint::BeforeBegin);
    let mine = with_key("mine");
    let (told, ()) = tokio::join!(one.run(&mine, None), async {
        held.arrived().await;
        assert!(matches!(two.run(&with_key("theirs"), None).await, Told::Done(_)));
        held.release();
    });
    assert_eq!(told, Told::Refused(OpError::Exists));
    assert_eq!(read(&one.store).await.keys.into_keys().collect::<Vec<_>>(), ["theirs"]);
    one.stop().await;
    two.stop().await;
}

async fn a_request_answered_in_between_is_seen(fresh: Fresh) {
    let (script, one, two) = two(&fresh).await;
    two.run(&open(1), None).await;
    let held = script.hold(|point| point == FaultPoint::BeforeBegin);
    // It changes nothing: only its reply is written.
    let touch = Op::Touch { id: id(1) };
    let (told, ()) = tokio::join!(one.run(&touch, Some("r")), async {
        held.arrived().await;
        assert!(matches!(two.run(&touch, Some("r")).await, Told::Done(_)));
        held.release();
    });
    assert!(matches!(told, Told::Replayed(_)), "{told:?}");
    one.stop().await;
    two.stop().await;
}

async fn what_was_relied_on_is_checked(fresh: Fresh) {
    let (script, one, two) = two(&fresh).await;
    two.run(&open(1), None).await;
    two.run(&deposit(1, 10, "a"), None).await;
    let held = script.hold(|point| point == FaultPoint::BeforeBegin);
    // It reads the account and writes only the pot.
    let collect = Op::Collect { account: id(1), pot: id(9) };
    let (told, ()) = tokio::join!(one.run(&collect, None), async {
        held.arrived().await;
        assert!(matches!(two.run(&deposit(1, 5, "b"), None).await, Told::Done(_)));
        held.release();
    });
    assert!(matches!(&told, Told::Done(reply) if (reply.value, reply.seen) == (15, 3)), "{told:?}");
    one.stop().await;
    two.stop().await;
}

async fn a_repeat_elsewhere_waits_for_the_first(fresh: Fresh) {
    let (script, one, two) = two(&fresh).await;
    two.run(&open(1), None).await;
    let held = script.hold(|point| point == FaultPoint::BeforeCommit);
    let op = deposit(1, 5, "a");
    let mut second = Box::pin(two.run(&op, Some("r")));
    let (first, ()) = tokio::join!(one.run(&op, Some("r")), async {
        held.arrived().await;
        let early = tokio::time::timeout(Duration::from_millis(100), &mut second).await;
        assert!(early.is_err(), "the first has not ended: {early:?}");
        held.release();
    });
    let (Told::Done(first), Told::Replayed(second)) = (first, second.await) else {
        panic!("the second gets what the first was answered");
    };
    assert_eq!(first, second);
    assert_eq!(read(&one.store).await.journal.len(), 1);
    one.stop().await;
    two.stop().await;
}

/// As where a connection breaks and the server still commits what came through it.
async fn a_commit_under_way_is_waited_for_before_it_is_looked_up(fresh: Fresh) {
    let (script, one, two) = two(&fresh).await;
    two.run(&open(1), None).await;
    let op = deposit(1, 5, "a");
    let held = script.hold(|point| point == FaultPoint::BeforeCommit);
    // The second is told that the outcome of its commit is unknown, while the first has not ended.
    let other = Script::new();
    let lost = Replica::with_faults(&fresh, other.clone()).await;
    other.fail(|point| point == FaultPoint::BeforeCommit, unknown());
    other.hold(|point| point == FaultPoint::BeforeBegin).release();
    let looks = other.hold(|point| point == FaultPoint::BeforeBegin);
    let (looked_up, first) = tokio::join!(lost.run(&op, Some("r")), async {
        looks.arrived().await;
        let (first, ()) = tokio::join!(one.run(&op, Some("r")), async {
            held.arrived().await;
            looks.release();
            waits_for_a_lock(&two.store).await;
            held.release();
        });
        first
    });
    assert!(matches!(first, Told::Done(_)), "{first:?}");
    assert!(matches!(looked_up, Told::Replayed(_)), "{looked_up:?}");
    for replica in [one, two, lost] {
        replica.stop().await;
    }
}

/// Until a transaction of this database waits for another; on SQLite that cannot be seen.
async fn waits_for_a_lock(store: &Store) {
    let sql = "SELECT 1 AS one FROM pg_stat_activity \
               WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waiting = Statement::from_string(DbBackend::Postgres, sql);
    while store.backend() == DbBackend::Postgres
        && store.reader().query_one_raw(waiting.clone()).await.unwrap().is_none()
    {
        tokio::task::yield_now().await;
    }
}

async fn a_repeat_elsewhere_does_not_wait_for_ever(fresh: Fresh) {
    let script = Script::new();
    let one = Replica::with_faults(&fresh, script.clone()).await;
    let config = StoreConfig { lock_timeout: Duration::from_millis(100), ..fresh.config() };
    let mut two = Replica::stopped(config, RunnerOptions::default()).await;
    two.go();
    two.run(&open(1), None).await;
    let held = script.hold(|point| point == FaultPoint::BeforeCommit);
    let op = deposit(1, 5, "a");
    let (first, ()) = tokio::join!(one.run(&op, Some("r")), async {
        held.arrived().await;
        let error = two.runner.run(call(&op, Some("r")), op.clone()).await.unwrap_err();
        let postgres = two.store.backend() == DbBackend::Postgres;
        let want = if postgres { "REQUEST_IN_PROGRESS" } else { "CONCURRENT_CHANGE" };
        assert_eq!(kefu_kernel::Fault::reason(&error), want);
        assert!(kefu_kernel::Fault::retry_after(&error).is_some());
        held.release();
    });
    assert!(matches!(first, Told::Done(_)));
    assert!(matches!(two.run(&op, Some("r")).await, Told::Replayed(_)));
    one.stop().await;
    two.stop().await;
}

async fn a_locked_aggregate_holds_up_no_other(fresh: Fresh) {
    let script = Script::new();
    let one = Replica::with_faults(&fresh, script.clone()).await;
    if one.store.backend() == DbBackend::Sqlite {
        // One writer at a time: whoever holds the file holds up all.
        return one.stop().await;
    }
    one.run(&open(1), None).await;
    one.run(&open(2), None).await;
    let config = StoreConfig { lock_timeout: Duration::from_millis(100), ..fresh.config() };
    let mut two = Replica::stopped(config, RunnerOptions::default()).await;
    let held = script.hold(|point| point == FaultPoint::BeforeCommit);
    let first = deposit(1, 5, "a");
    let (_, told) = tokio::join!(one.run(&first, None), async {
        held.arrived().await;
        let ops: Vec<_> = [1, 2, 1, 2, 1]
            .into_iter()
            .enumerate()
            .map(|(index, number)| {
                let op = deposit(number, 1, &format!("b{index}"));
                (call(&op, None), op)
            })
            .collect();
        let before = two.store.statements();
        let told = two.run_batch(&ops).await;
        // All together, and then each alone but for those that need what one waited for in vain.
        assert_eq!((two.store.statements() - before).transactions, 1 + 3);
        held.release();
        told
    });
    for (index, told) in told.iter().enumerate() {
        match index % 2 {
            0 => assert_eq!(*told, Told::Aborted),
            _ => assert!(matches!(told, Told::Done(_)), "{told:?}"),
        }
    }
    let mut model = Model::default();
    for op in [open(1), open(2), deposit(1, 5, "a"), deposit(2, 1, "b1"), deposit(2, 1, "b3")] {
        model.run(&call(&op, None), &op);
    }
    assert_same(&one.store, &model).await;
    one.stop().await;
    two.stop().await;
}

async fn numbers_are_unique(fresh: Fresh) {
    let (_, one, two) = two(&fresh).await;
    let ops = |from: u128| -> Vec<_> {
        let ops = (from..from + 150).map(open);
        ops.map(|op| (call(&op, None), op)).collect()
    };
    let (first, second) = (ops(1), ops(1_001));
    let told = tokio::join!(one.run_all(&first), two.run_all(&second));
    assert!(told.0.iter().chain(&told.1).all(|told| matches!(told, Told::Done(_))));
    let numbers = |from: u128| {
        let store = one.store.clone();
        async move {
            use kefu_store::tables::event;
            use sea_orm::{EntityTrait, QueryOrder};
            let rows = event::Entity::find()
                .order_by_asc(event::Column::AggregateId)
                .all(store.reader())
                .await
                .unwrap();
            let rows = rows
                .into_iter()
                .filter(|row| (from..from + 150).any(|number| id(number) == row.aggregate_id));
            rows.map(|row| i64::from_be_bytes(row.payload.try_into().unwrap())).collect::<Vec<_>>()
        }
    };
    let (first, second) = (numbers(1).await, numbers(1_001).await);
    assert!(first.is_sorted() && second.is_sorted(), "ascending in the order of the commands");
    let all: BTreeSet<i64> = first.into_iter().chain(second).collect();
    assert_eq!(all.len(), 300);
    assert!(all.first() >= Some(&1));
    one.stop().await;
    two.stop().await;
}
