//! One process: a database that fails at every step of the write path.

use kefu_store::{FaultPoint, RunError, RunnerError};

use super::batches::{deposit, open};
use super::faults::{Script, away, lost, unknown};
use super::harness::{Replica, assert_same, call, id};
use crate::backends::Fresh;
use crate::fixture::model::{Model, Told};
use crate::fixture::ops::Op;

crate::on_both!(
    a_failure_at_any_step_is_done_again,
    a_lost_answer_to_a_commit_is_looked_up,
    a_command_without_a_request_id_is_told_that_nothing_is_known,
    a_commit_that_cannot_be_looked_up_is_told_as_unknown,
    a_database_that_stays_away_is_told,
);

/// Every step that a withdrawal reaches, in order.
const STEPS: [FaultPoint; 9] = [
    FaultPoint::BeforeBegin,
    FaultPoint::AfterWrite("idempotency"),
    FaultPoint::AfterWrite("account"),
    FaultPoint::AfterWrite("card"),
    FaultPoint::AfterWrite("event"),
    FaultPoint::AfterWrite("event_pending"),
    FaultPoint::AfterWrite("outgoing"),
    FaultPoint::BeforeCommit,
    FaultPoint::AfterCommit,
];

async fn a_failure_at_any_step_is_done_again(fresh: Fresh) {
    let script = Script::new();
    let replica = Replica::with_faults(&fresh, script.clone()).await;
    let mut model = Model::default();
    for op in [open(1), deposit(1, 1_000, "a")] {
        replica.run(&op, None).await;
        model.run(&call(&op, None), &op);
    }
    for (index, step) in STEPS.into_iter().enumerate() {
        let op = if step == FaultPoint::AfterWrite("card") {
            Op::Card { id: id(1), label: "gold".into(), level: Some(3) }
        } else {
            Op::Withdraw { id: id(1), amount: 10 }
        };
        let request = format!("r{index}");
        let error = if step == FaultPoint::AfterCommit { unknown() } else { lost() };
        script.fail(move |point| point == step, error);
        let told = replica.run(&op, Some(&request)).await;
        assert!(script.is_spent(), "{step:?} was not reached");
        let expected = model.run(&call(&op, Some(&request)), &op);
        // After the commit the answer was lost and is found again in the database.
        let expected = match expected {
            Told::Done(reply) if step == FaultPoint::AfterCommit => Told::Replayed(reply),
            other => other,
        };
        assert_eq!(told, expected, "{step:?}");
    }
    assert_same(&replica.store, &model).await;
    replica.stop().await;
}

async fn a_lost_answer_to_a_commit_is_looked_up(fresh: Fresh) {
    let script = Script::new();
    let replica = Replica::with_faults(&fresh, script.clone()).await;
    replica.run(&open(1), None).await;
    // Lost before the commit reached the database: it is done now.
    script.fail(|point| point == FaultPoint::BeforeCommit, unknown());
    let told = replica.run(&deposit(1, 5, "a"), Some("r1")).await;
    assert!(matches!(&told, Told::Done(reply) if reply.value == 5), "{told:?}");
    // Lost after it: the stored reply, however often the connection breaks meanwhile.
    script.fail(|point| point == FaultPoint::AfterCommit, unknown());
    script.hold(|point| point == FaultPoint::BeforeBegin).release();
    for _ in 0..5 {
        script.fail(|point| point == FaultPoint::BeforeBegin, lost());
    }
    let told = replica.run(&deposit(1, 7, "b"), Some("r2")).await;
    assert!(matches!(&told, Told::Replayed(reply) if reply.value == 12), "{told:?}");
    replica.stop().await;
}

async fn a_command_without_a_request_id_is_told_that_nothing_is_known(fresh: Fresh) {
    let script = Script::new();
    let mut replica = Replica::with_faults(&fresh, script.clone()).await;
    replica.run(&open(1), None).await;
    script.fail(|point| point == FaultPoint::AfterCommit, unknown());
    let op = deposit(1, 5, "a");
    let error = replica.runner.run(call(&op, None), op).await.unwrap_err();
    let RunError::Runner(RunnerError::OutcomeUnknown { repeatable: false, .. }) = error else {
        panic!("{error:?}");
    };
    let told = replica.run(&Op::Touch { id: id(1) }, None).await;
    assert!(matches!(&told, Told::Done(reply) if reply.value == 5), "done once: {told:?}");
    replica = {
        replica.stop().await;
        Replica::start(&fresh).await
    };
    replica.stop().await;
}

async fn a_commit_that_cannot_be_looked_up_is_told_as_unknown(fresh: Fresh) {
    let script = Script::new();
    let replica = Replica::with_faults(&fresh, script.clone()).await;
    replica.run(&open(1), None).await;
    // The commit is made, its answer is lost, and the database does not come back for a look.
    script.fail(|point| point == FaultPoint::AfterCommit, unknown());
    let held = script.hold(|point| point == FaultPoint::BeforeCommit);
    let op = deposit(1, 5, "a");
    let asked = replica.runner.run(call(&op, Some("r")), op.clone());
    let (answer, ()) = tokio::join!(asked, async {
        held.arrived().await;
        script.fail(|point| point == FaultPoint::BeforeBegin, away());
        held.release();
    });
    let error = answer.unwrap_err();
    assert!(
        matches!(error, RunError::Runner(RunnerError::OutcomeUnknown { repeatable: true, .. })),
        "{error:?}"
    );
    assert!(script.is_spent());
    let told = replica.run(&op, Some("r")).await;
    assert!(matches!(&told, Told::Replayed(reply) if reply.value == 5), "{told:?}");
    replica.stop().await;
}

async fn a_database_that_stays_away_is_told(fresh: Fresh) {
    let script = Script::new();
    let replica = Replica::with_faults(&fresh, script.clone()).await;
    replica.run(&open(1), None).await;
    for _ in 0..4 {
        script.fail(|point| point == FaultPoint::BeforeBegin, lost());
    }
    let op = deposit(1, 5, "a");
    let error = replica.runner.run(call(&op, Some("r")), op.clone()).await.unwrap_err();
    assert_eq!(kefu_kernel::Fault::reason(&error), "STORAGE_UNAVAILABLE");
    assert!(kefu_kernel::Fault::retry_after(&error).is_some());
    assert!(matches!(replica.run(&op, Some("r")).await, Told::Done(_)), "and it comes back");
    replica.stop().await;
}
