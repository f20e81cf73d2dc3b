//! Timers and outgoing commands: done once their time has come, again where they failed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use kefu_kernel::{Fault, Timestamp};
use kefu_outbox::{Answer, Caller, Outbound, OutboxError, Outgoing, Timer, TimerHandler, Timers};
use kefu_store::tables::{outgoing, timer};
use kefu_store::{Store, Topic};
use sea_orm::EntityTrait;

use crate::rig::{eventually, on_every_shape};

struct Noting {
    fired: Mutex<Vec<(String, i64)>>,
    refusals: AtomicI64,
}

#[async_trait::async_trait]
impl TimerHandler for Noting {
    async fn fire(&self, timer: &Timer) -> Result<(), Box<dyn Fault>> {
        if self.refusals.fetch_sub(1, Ordering::Relaxed) > 0 {
            return Err(Box::new(OutboxError::Fenced));
        }
        self.fired.lock().expect("unpoisoned").push((timer.name.clone(), timer.due_at));
        Ok(())
    }
}

fn due(store: &Store, name: &str, at: Timestamp) -> timer::Model {
    timer::Model {
        kind: "breach".to_owned(),
        aggregate_id: store.ambient().new_uuid(),
        name: name.to_owned(),
        due_at: at.as_millis(),
        claimed_until: 0,
        attempts: 0,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn timers_that_are_due_fire_and_are_gone() {
    on_every_shape(async |rig| {
        let noting = Arc::new(Noting { fired: Mutex::default(), refusals: AtomicI64::new(0) });
        let handler: Arc<dyn TimerHandler> = noting.clone();
        let timers = Timers::new(rig.owner.clone(), HashMap::from([("breach", handler)]));
        let now = rig.owner.ambient().now();
        let hour = std::time::Duration::from_secs(3600);
        let rows: Vec<_> = (0..500)
            .map(|n| due(&rig.owner, &n.to_string(), now))
            .chain([due(&rig.owner, "later", now.plus(hour))])
            .collect();
        rig.owner.write(async |tx| tx.insert(&rows).await).await.expect("set");
        let mut fired = 0;
        while fired < 500 {
            let more = timers.fire_due().await.expect("fired");
            assert!(more > 0, "{fired} fired, and no more");
            fired += more;
        }
        assert_eq!(timers.fire_due().await.expect("nothing due"), 0);
        assert_eq!(noting.fired.lock().expect("unpoisoned").len(), 500);
        let left = timer::Entity::find().all(rig.owner.reader()).await.expect("readable");
        assert_eq!(left.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["later"]);
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_whose_command_failed_stays() {
    on_every_shape(async |rig| {
        let noting = Arc::new(Noting { fired: Mutex::default(), refusals: AtomicI64::new(1) });
        let handler: Arc<dyn TimerHandler> = noting.clone();
        let timers = Timers::new(rig.owner.clone(), HashMap::from([("breach", handler)]));
        let rows = [due(&rig.owner, "one", rig.owner.ambient().now())];
        rig.owner.write(async |tx| tx.insert(&rows).await).await.expect("set");
        assert_eq!(timers.fire_due().await.expect("tried"), 0);
        let left = timer::Entity::find().all(rig.owner.reader()).await.expect("readable");
        assert_eq!((left.len(), left[0].attempts), (1, 1));
        assert!(left[0].claimed_until > 0, "another process may try it after the claim");
        rig.close().await;
    })
    .await;
}

/// Answers as told, one after another; the last answer stands.
struct Told {
    answers: Vec<Answer>,
    asked: AtomicU32,
}

#[async_trait::async_trait]
impl Caller for Told {
    async fn call(&self, command: &Outgoing) -> Answer {
        assert_eq!(command.rpc, "kefu.orders.v1.OrdersService/PlaceHold");
        let turn = self.asked.fetch_add(1, Ordering::Relaxed) as usize;
        self.answers[turn.min(self.answers.len() - 1)].clone()
    }
}

async fn outcome(rig: crate::rig::Rig, answers: Vec<Answer>) -> (outgoing::Model, u32) {
    let row = outgoing::Model {
        id: rig.owner.ambient().new_uuid(),
        target: "orders".to_owned(),
        rpc: "kefu.orders.v1.OrdersService/PlaceHold".to_owned(),
        body: vec![1],
        request_id: "event/1".to_owned(),
        aggregate_type: "order".to_owned(),
        aggregate_id: rig.owner.ambient().new_uuid(),
        on_behalf_of: "person_1".to_owned(),
        traceparent: String::new(),
        state: 0,
        attempts: 0,
        next_at: 0,
        code: -1,
        answer: None,
        created_at: 0,
        finished_at: None,
    };
    rig.owner
        .write(async |tx| {
            tx.wakes(Topic::Outgoing);
            tx.insert(&[row]).await
        })
        .await
        .expect("decided");
    let told = Arc::new(Told { answers, asked: AtomicU32::new(0) });
    let outbound = Outbound::new(rig.owner.clone(), told.clone(), "one");
    let mut last = None;
    eventually("there is a final answer", async || {
        outbound.turn().await.expect("called");
        last = outgoing::Entity::find().one(rig.owner.reader()).await.expect("readable");
        last.as_ref().is_some_and(|row| row.finished_at.is_some())
    })
    .await;
    assert_eq!(outbound.turn().await.expect("idle"), 0, "what is answered is not called again");
    rig.close().await;
    (last.expect("the row stays"), told.asked.load(Ordering::Relaxed))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outgoing_command_is_called_until_it_is_done() {
    on_every_shape(async |rig| {
        let answers = vec![Answer::Again(14), Answer::Again(4), Answer::Done(vec![7])];
        let (row, asked) = outcome(rig, answers).await;
        assert_eq!((row.state, row.attempts, row.answer), (1, 3, Some(vec![7])));
        assert_eq!(asked, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_for_good_is_kept() {
    on_every_shape(async |rig| {
        let (row, asked) = outcome(rig, vec![Answer::Refused(9, vec![9])]).await;
        assert_eq!((row.state, row.code, row.answer, asked), (2, 9, Some(vec![9]), 1));
    })
    .await;
}
