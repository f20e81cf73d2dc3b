//! Before and after of personal values: kept beside the log with the change, out of the event, erasable.

use kefu_store::runner::Needs;
use kefu_store::tables::{event, event_personal};
use kefu_store::{RunError, RunnerError, Work, WriteTx};
use sea_orm::{EntityTrait, QueryOrder};

use super::batches::{deposit, open};
use super::harness::{Replica, call, id};
use crate::backends::Fresh;
use crate::fixture::account::Account;
use crate::fixture::model::Told;
use crate::fixture::ops::{Op, OpError, Reply, event as happened};

crate::on_both!(
    what_was_before_and_after_is_kept_beside_the_log,
    an_erase_reaches_the_values_and_leaves_the_log,
    a_change_of_a_personal_value_that_no_event_tells_is_a_defect,
);

fn rename(number: u128, name: &str) -> Op {
    Op::Rename { id: id(number), name: name.into(), etag: String::new() }
}

async fn kept(replica: &Replica) -> Vec<event_personal::Model> {
    let rows = event_personal::Entity::find()
        .order_by_asc(event_personal::Column::RecordedAt)
        .order_by_asc(event_personal::Column::EventId);
    rows.all(replica.store.reader()).await.unwrap()
}

async fn events(replica: &Replica) -> Vec<event::Model> {
    event::Entity::find().all(replica.store.reader()).await.unwrap()
}

async fn what_was_before_and_after_is_kept_beside_the_log(fresh: Fresh) {
    let mut replica = Replica::stopped(fresh.config(), Default::default()).await;
    // One batch: what commands left to one another is before and after too.
    let ops = [open(1), rename(1, "王芳"), rename(1, "Ada"), deposit(1, 5, "a"), rename(1, "Ada")];
    let ops: Vec<_> = ops.into_iter().map(|op| (call(&op, None), op)).collect();
    let told = replica.run_batch(&ops).await;
    assert!(told.iter().all(|told| matches!(told, Told::Done(_))), "{told:?}");
    let events = events(&replica).await;
    let rows = kept(&replica).await;
    let mut changes: Vec<_> = rows
        .iter()
        .map(|row| {
            let of = events.iter().find(|event| event.event_id == row.event_id).unwrap();
            assert_eq!((row.aggregate_id, row.recorded_at), (of.aggregate_id, of.recorded_at));
            (of.version, row.field.as_str(), row.before.as_str(), row.after.as_str())
        })
        .collect();
    changes.sort_unstable();
    assert_eq!(changes, [(2, "name", "new", "王芳"), (3, "name", "王芳", "Ada")]);
    for event in &events {
        let row = format!("{event:?}{}", String::from_utf8_lossy(&event.payload));
        assert!(!row.contains("王芳") && !row.contains("Ada"), "{row}");
    }
    replica.stop().await;
}

async fn an_erase_reaches_the_values_and_leaves_the_log(fresh: Fresh) {
    let replica = Replica::start(&fresh).await;
    for op in [open(1), open(2), rename(1, "王芳"), rename(2, "Ada")] {
        replica.run(&op, None).await;
    }
    let before = events(&replica).await;
    let erase = async |tx: &WriteTx| tx.erase_personal_values(&[id(1), id(3)]).await;
    assert_eq!(replica.store.write(erase).await.unwrap(), 1);
    let rows = kept(&replica).await;
    let told = |number| {
        let row = rows.iter().find(|row| row.aggregate_id == id(number)).unwrap();
        (row.after.as_str(), row.erased)
    };
    assert_eq!((told(1), told(2)), (("", true), ("Ada", false)));
    let after = events(&replica).await;
    assert_eq!(after.len(), before.len());
    assert!(
        after.iter().all(|event| event.hash == event.computed_hash() && before.contains(event))
    );

    let later = kefu_kernel::Timestamp::from_millis(rows[1].recorded_at + 1);
    let drop = async |tx: &WriteTx| tx.drop_personal_values(later).await;
    assert_eq!(replica.store.write(drop).await.unwrap(), 2);
    assert!(kept(&replica).await.is_empty());
    replica.stop().await;
}

async fn a_change_of_a_personal_value_that_no_event_tells_is_a_defect(fresh: Fresh) {
    let replica = Replica::start(&fresh).await;
    replica.run(&open(1), None).await;
    let mut needs = Needs::default();
    needs.load::<Account>(id(1));
    let silent = |work: &mut Work<'_>| {
        let account = (*work.get::<Account>(id(1))?).clone();
        let account = Account { name: "Ada".into(), ..account };
        work.save(account, vec![happened("Renamed", 0, &["nam", "names", "credit"])]);
        Ok::<_, OpError>(Reply::default())
    };
    let error = replica.runner.run_with(call(&open(1), None), needs, silent).await.unwrap_err();
    let RunError::Runner(RunnerError::Defect(defect)) = error else { panic!("{error:?}") };
    assert_eq!(defect.to_string(), "no event tells that name changed");
    replica.stop().await;
}
