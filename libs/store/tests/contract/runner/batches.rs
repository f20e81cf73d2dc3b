//! One process: what comes together, what is told to whom, and how many statements it takes.

use std::collections::BTreeSet;

use kefu_kernel::Scope;
use kefu_store::{FaultPoint, RunnerOptions, StatementCount, StoreError, WriteTx};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};
use uuid::Uuid;

use super::faults::Script;
use super::harness::{BRANCH, Replica, assert_same, call, call_as, id, read};
use crate::backends::Fresh;
use crate::fixture::account::journal;
use crate::fixture::model::{Model, Told};
use crate::fixture::ops::{Op, OpError};

crate::on_both!(
    commands_on_one_aggregate_make_one_row,
    a_repeat_in_one_batch_gets_the_firsts_reply,
    a_repeat_after_a_refusal_is_decided_anew,
    another_body_under_the_same_request_id_is_refused,
    a_bad_row_fails_alone,
    a_panic_fails_only_its_command,
    a_stale_etag_with_disjoint_fields_is_applied,
    a_stale_etag_conflicts_where_history_is_gone,
    what_lies_outside_the_branches_is_not_found,
    a_dropped_call_is_withdrawn,
    a_taken_command_runs_to_its_end,
    a_full_queue_refuses,
    a_stopping_runner_ends_what_waits,
    a_transaction_is_known_from_begin_to_commit,
    statements_do_not_grow_with_commands,
    old_replies_are_forgotten,
);

pub fn open(number: u128) -> Op {
    Op::Open { id: id(number), key: format!("iban-{number}"), branch: None }
}

pub fn deposit(number: u128, amount: i64, code: &str) -> Op {
    Op::Deposit { id: id(number), amount, code: code.to_owned() }
}

fn plain(ops: &[Op]) -> Vec<(kefu_kernel::Call, Op)> {
    ops.iter().map(|op| (call(op, None), op.clone())).collect()
}

/// Runs a list as one batch and through the model, and compares everything.
async fn same_as_model(fresh: &Fresh, ops: &[(kefu_kernel::Call, Op)]) -> Vec<Told> {
    let mut replica = Replica::stopped(fresh.config(), RunnerOptions::default()).await;
    let told = replica.run_batch(ops).await;
    let mut model = Model::default();
    let expected: Vec<Told> = ops.iter().map(|(call, op)| model.run(call, op)).collect();
    assert_eq!(told, expected);
    assert_same(&replica.store, &model).await;
    replica.stop().await;
    told
}

async fn commands_on_one_aggregate_make_one_row(fresh: Fresh) {
    let replica = Replica::start(&fresh).await;
    replica.run(&open(1), None).await;
    replica.stop().await;
    let mut replica = Replica::stopped(fresh.config(), RunnerOptions::default()).await;
    let before = replica.store.statements();
    let ops = [deposit(1, 5, "a"), deposit(1, 7, "b"), Op::Withdraw { id: id(1), amount: 2 }];
    let told = replica.run_batch(&plain(&ops)).await;
    assert!(told.iter().all(|told| matches!(told, Told::Done(_))), "{told:?}");
    assert_eq!((replica.store.statements() - before).transactions, 1, "one batch");
    let found = read(&replica.store).await;
    assert_eq!((found.accounts[&id(1)].version, found.accounts[&id(1)].balance), (5, 10));
    replica.stop().await;
}

async fn a_repeat_in_one_batch_gets_the_firsts_reply(fresh: Fresh) {
    let ops = [
        (call(&open(1), Some("r1")), open(1)),
        (call(&deposit(1, 5, "a"), Some("r2")), deposit(1, 5, "a")),
        (call(&deposit(1, 5, "a"), Some("r2")), deposit(1, 5, "a")),
        (call(&open(1), Some("r1")), open(1)),
    ];
    let told = same_as_model(&fresh, &ops).await;
    assert!(matches!(&told[2], Told::Replayed(reply) if reply.value == 5), "{told:?}");
}

async fn a_repeat_after_a_refusal_is_decided_anew(fresh: Fresh) {
    let withdraw = Op::Withdraw { id: id(1), amount: 5 };
    let ops = [
        (call(&open(1), None), open(1)),
        (call(&withdraw, Some("r")), withdraw.clone()),
        (call(&deposit(1, 9, "a"), None), deposit(1, 9, "a")),
        (call(&withdraw, Some("r")), withdraw.clone()),
        (call(&withdraw, Some("r")), withdraw.clone()),
    ];
    let told = same_as_model(&fresh, &ops).await;
    assert_eq!(told[1], Told::Refused(OpError::Insufficient));
    assert!(matches!((&told[3], &told[4]), (Told::Done(a), Told::Replayed(b)) if a == b));
}

async fn another_body_under_the_same_request_id_is_refused(fresh: Fresh) {
    let ops = [
        (call(&open(1), Some("r")), open(1)),
        (call(&open(2), Some("r")), open(2)),
        (call_as("key_other", Scope::All, &open(2), Some("r")), open(2)),
    ];
    let told = same_as_model(&fresh, &ops).await;
    assert_eq!(told[1], Told::Reused);
    assert!(matches!(told[2], Told::Done(_)), "another principal's key is another key");
    let replica = Replica::start(&fresh).await;
    assert_eq!(replica.run(&open(3), Some("r")).await, Told::Reused);
    replica.stop().await;
}

async fn a_bad_row_fails_alone(fresh: Fresh) {
    let mut ops = plain(&[open(1), open(2), deposit(1, 1, "taken")]);
    ops.extend(plain(&[
        deposit(1, 666, "a"),
        deposit(2, 5, "b"),
        deposit(2, 5, "taken"),
        Op::Transfer { from: id(2), to: id(1), amount: 3 },
    ]));
    let told = same_as_model(&fresh, &ops).await;
    let failed: Vec<usize> = (0..told.len()).filter(|at| told[*at] == Told::Failed).collect();
    assert_eq!(failed, [3, 5]);
}

async fn a_panic_fails_only_its_command(fresh: Fresh) {
    let told =
        same_as_model(&fresh, &plain(&[open(1), Op::Panic { id: id(1) }, deposit(1, 5, "a")]))
            .await;
    assert!(matches!((&told[1], &told[2]), (Told::Failed, Told::Done(_))));
}

async fn a_stale_etag_with_disjoint_fields_is_applied(fresh: Fresh) {
    let name = |etag: &str| Op::Rename { id: id(1), name: "Ada".into(), etag: etag.into() };
    let credit = |etag: &str| Op::SetCredit { id: id(1), credit: 3, etag: etag.into() };
    let close = |etag: &str| Op::Close { id: id(1), etag: etag.into() };
    // The first run leaves versions in the database, the second compares with those and its own.
    let replica = Replica::start(&fresh).await;
    let mut model = Model::default();
    for op in [open(1), credit("1"), deposit(1, 5, "a"), name("1")] {
        assert_eq!(replica.run(&op, None).await, model.run(&call(&op, None), &op));
    }
    assert_eq!(model.accounts[&id(1)].version, 4);
    replica.stop().await;
    let mut replica = Replica::stopped(fresh.config(), RunnerOptions::default()).await;
    let ops =
        plain(&[credit("2"), credit("1"), name("3"), close("4"), name(""), close("x"), close("6")]);
    let told = replica.run_batch(&ops).await;
    let expected: Vec<Told> = ops.iter().map(|(call, op)| model.run(call, op)).collect();
    assert_eq!(told, expected);
    assert!(matches!(told[0], Told::Done(_)), "nobody changed the credit since version 2");
    assert_eq!(told[1], Told::Stale { current: 5, fields: vec!["credit".into()] });
    assert_eq!(told[2], Told::Stale { current: 5, fields: vec!["name".into()] });
    assert_eq!(told[3], Told::Stale { current: 5, fields: vec![] });
    assert!(matches!(told[6], Told::Done(_)));
    assert_same(&replica.store, &model).await;
    replica.stop().await;
}

async fn a_stale_etag_conflicts_where_history_is_gone(fresh: Fresh) {
    let replica = Replica::start(&fresh).await;
    for op in [open(1), deposit(1, 5, "a"), deposit(1, 5, "b")] {
        replica.run(&op, None).await;
    }
    let trimmed = replica.store.write(async |tx: &WriteTx| {
        tx.execute_unprepared("DELETE FROM event WHERE version < 3").await?;
        Ok::<_, StoreError>(())
    });
    trimmed.await.unwrap();
    let name = |etag: &str| Op::Rename { id: id(1), name: "Ada".into(), etag: etag.into() };
    let told = replica.run(&name("1"), None).await;
    assert_eq!(told, Told::Stale { current: 3, fields: vec![] }, "version 2 is not known");
    assert!(matches!(replica.run(&name("2"), None).await, Told::Done(_)));
    replica.stop().await;
}

async fn what_lies_outside_the_branches_is_not_found(fresh: Fresh) {
    let other = Uuid::from_u128(0xb2);
    let clerk = |op: &Op| {
        let scope = Scope::Branches(BTreeSet::from([BRANCH]));
        (call_as("key_clerk", scope, op, None), op.clone())
    };
    let in_branch = |n: u128, branch| Op::Open { id: id(n), key: format!("k{n}"), branch };
    let mut ops =
        plain(&[in_branch(1, Some(BRANCH)), in_branch(2, Some(other)), in_branch(3, None)]);
    let stale = Op::Close { id: id(2), etag: "77".into() };
    ops.extend([
        clerk(&deposit(1, 1, "a")),
        clerk(&deposit(2, 1, "b")),
        clerk(&deposit(3, 1, "c")),
        clerk(&deposit(4, 1, "d")),
        clerk(&stale),
    ]);
    let told = same_as_model(&fresh, &ops).await;
    assert!(matches!((&told[3], &told[5]), (Told::Done(_), Told::Done(_))));
    for hidden in [&told[4], &told[6], &told[7]] {
        assert!(matches!(hidden, Told::Refused(OpError::NotFound(_))), "{hidden:?}");
    }
}

async fn a_dropped_call_is_withdrawn(fresh: Fresh) {
    let mut replica = Replica::stopped(fresh.config(), RunnerOptions::default()).await;
    let runner = replica.runner.clone();
    let op = open(1);
    let mut dropped = Box::pin(runner.run(call(&op, None), op.clone()));
    assert!(futures::poll!(&mut dropped).is_pending());
    drop(dropped);
    let told = replica.run_batch(&plain(&[open(2)])).await;
    assert!(matches!(told[0], Told::Done(_)));
    assert_eq!(read(&replica.store).await.accounts.into_keys().collect::<Vec<_>>(), [id(2)]);
    replica.stop().await;
}

async fn a_taken_command_runs_to_its_end(fresh: Fresh) {
    let script = Script::new();
    let replica = Replica::with_faults(&fresh, script.clone()).await;
    let held = script.hold(|point| point == FaultPoint::BeforeCommit);
    let runner = replica.runner.clone();
    let op = open(1);
    // Numbers are leased in a transaction of their own, which is the first to be held.
    let mut dropped = Box::pin(runner.run(call(&op, Some("r")), op.clone()));
    tokio::select! {
        told = &mut dropped => panic!("it is held: {told:?}"),
        () = held.arrived() => {}
    }
    drop(dropped);
    held.release();
    assert!(matches!(replica.run(&op, Some("r")).await, Told::Replayed(_)));
    replica.stop().await;
}

async fn a_full_queue_refuses(fresh: Fresh) {
    let options = RunnerOptions { queue: 3, ..RunnerOptions::default() };
    let mut replica = Replica::stopped(fresh.config(), options).await;
    let told = replica.run_batch(&plain(&[open(1), open(2), open(3), open(4), open(5)])).await;
    assert!(told[..3].iter().all(|told| matches!(told, Told::Done(_))), "{told:?}");
    assert_eq!(told[3..], [Told::Failed, Told::Failed]);
    assert_eq!(read(&replica.store).await.accounts.len(), 3);
    replica.stop().await;
}

async fn a_stopping_runner_ends_what_waits(fresh: Fresh) {
    let mut replica = Replica::stopped(fresh.config(), RunnerOptions::default()).await;
    let runner = replica.runner.clone();
    let ops = plain(&[open(1), open(2)]);
    let mut waiting: Vec<_> =
        ops.iter().map(|(call, op)| Box::pin(runner.run(call.clone(), op.clone()))).collect();
    for waits in &mut waiting {
        assert!(futures::poll!(waits).is_pending());
    }
    replica.go();
    let store = replica.store.clone();
    let ended = tokio::join!(futures::future::join_all(waiting), async {
        replica.stop().await;
    });
    assert!(ended.0.iter().all(Result::is_ok), "{:?}", ended.0);
    let late = runner.run(call(&open(3), None), open(3)).await.unwrap_err();
    assert_eq!(kefu_kernel::Fault::reason(&late), "SHUTTING_DOWN");
    drop(store);
}

async fn a_transaction_is_known_from_begin_to_commit(fresh: Fresh) {
    let script = Script::new();
    let replica = Replica::with_faults(&fresh, script.clone()).await;
    replica.run(&open(1), None).await;
    replica.run(&deposit(1, 5, "a"), Some("r")).await;
    let reached = script.reached.lock().unwrap().clone();
    for (point, inside) in &reached {
        let want = matches!(point, FaultPoint::AfterWrite(_) | FaultPoint::BeforeCommit);
        assert_eq!(*inside, want, "{point:?}");
    }
    let tables = ["idempotency", "account", "journal", "event", "event_pending", "timer"];
    for table in tables {
        assert!(reached.contains(&(FaultPoint::AfterWrite(table), true)), "{table}");
    }
    replica.stop().await;
}

async fn statements_do_not_grow_with_commands(fresh: Fresh) {
    let mut used: Vec<(usize, StatementCount)> = Vec::new();
    for (round, count) in [1_usize, 2, 64, 256].into_iter().enumerate() {
        let replica = Replica::start(&fresh).await;
        let base = round as u128 * 1_000;
        let numbers = base + 1..=base + count as u128;
        replica.run_all(&plain(&numbers.clone().map(open).collect::<Vec<_>>())).await;
        replica.stop().await;
        let mut replica = Replica::stopped(fresh.config(), RunnerOptions::default()).await;
        let before = replica.store.statements();
        let ops: Vec<_> = numbers
            .map(|number| {
                let op = deposit(number, 5, &format!("code-{number}"));
                (call(&op, Some(&format!("r-{number}"))), op)
            })
            .collect();
        let told = replica.run_batch(&ops).await;
        assert!(told.iter().all(|told| matches!(told, Told::Done(_))), "{told:?}");
        used.push((count, replica.store.statements() - before));
        replica.stop().await;
    }
    // Read: accounts, cards, idempotency. Written: idempotency, account, journal, event,
    // event_pending, timer.
    let want = StatementCount { reads: 3, writes: 6, transactions: 1 };
    for (count, used) in used {
        assert_eq!(used, want, "{count} commands");
    }
    // Numbers that are no power of two take a few more on SQLite, and not on PostgreSQL.
    let mut replica = Replica::stopped(fresh.config(), RunnerOptions::default()).await;
    let before = replica.store.statements();
    let ops: Vec<Op> = (1..=100).map(|n| deposit(1_000 + n % 2 + 1, 1, &format!("x{n}"))).collect();
    replica.run_batch(&plain(&ops)).await;
    let writes = (replica.store.statements() - before).writes;
    let most = if replica.store.backend() == DbBackend::Sqlite { 13 } else { 5 };
    assert!(writes <= most, "{writes} statements for 100 commands");
    assert_eq!(journal::Entity::find().all(replica.store.reader()).await.unwrap().len(), 423);
    replica.stop().await;
}

async fn old_replies_are_forgotten(fresh: Fresh) {
    let replica = Replica::start(&fresh).await;
    for number in 1..=5 {
        replica.run(&open(number), Some(&format!("r{number}"))).await;
    }
    assert_eq!(replica.store.purge_replies().await.unwrap(), 0);
    let aged = replica.store.write(async |tx: &WriteTx| {
        let sql =
            "UPDATE idempotency SET created_at = created_at - 259200001 WHERE request_id <> 'r5'";
        tx.execute_unprepared(sql).await?;
        Ok::<_, StoreError>(())
    });
    aged.await.unwrap();
    assert_eq!(replica.store.purge_replies().await.unwrap(), 4);
    assert_eq!(replica.run(&open(1), Some("r1")).await, Told::Refused(OpError::Exists));
    assert!(matches!(replica.run(&open(5), Some("r5")).await, Told::Replayed(_)));
    replica.stop().await;
}
