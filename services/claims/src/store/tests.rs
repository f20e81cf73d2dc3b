//! What is stored is what was decided: random walks, each step saved by the runner and read back, on a database that
//! refuses to change or delete a posting or an entry.

use kefu_kernel::id::Uuid;
use kefu_kernel::{Ambient, Call};
use kefu_store::runner::{Aggregate, NotFound};
use kefu_store::{Migration, Needs, Runner, RunnerOptions, Schema, Store, StoreConfig, Work};
use kefu_testkit::Folder;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::MIGRATIONS;
use crate::claim::domain::{Claim, Decided};
use crate::domain::tests::support::Desk;
use crate::domain::tests::walks::{acts, perform};

const KEPT: Migration = Migration { name: "claims_900_kept", up: keep };

fn keep(schema: &mut Schema) {
    for table in ["posting", "entry"] {
        for verb in ["UPDATE", "DELETE"] {
            schema.sql(format!(
                "CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} \
                 BEGIN SELECT RAISE(ABORT, 'it never changes'); END"
            ));
        }
    }
}

struct Stored {
    store: Store,
    runner: Runner,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    _folder: Folder,
}

impl Stored {
    async fn start() -> Self {
        let folder = Folder::new("claims");
        let url = format!("sqlite://{}", folder.join("claims.db").display());
        let store = Store::open(StoreConfig::new("claims", &url), Ambient::system()).await.unwrap();
        store.migrate(&[MIGRATIONS, &[KEPT]].concat()).await.unwrap();
        let (runner, task) = Runner::new(store.clone(), RunnerOptions::default());
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        tasks.spawn(task.run(stop.clone()));
        Self { store, runner, stop, tasks, _folder: folder }
    }

    /// Saves what was decided, and reads it back.
    async fn save(&self, decided: Decided) -> Option<Claim> {
        let (claim, events) = decided.ok()?;
        let id: Uuid = claim.head.id;
        let mut needs = Needs::default();
        needs.load::<Claim>(id);
        let before = claim.clone();
        let decide = move |work: &mut Work<'_>| {
            let saved = work.save(claim.clone(), events.clone());
            let _ = saved;
            Ok::<(), NotFound>(())
        };
        let call = Call::internal("claims", "test");
        self.runner.run_with(call, needs, decide).await.unwrap();
        let read = Claim::load(self.store.reader(), &[id]).await.unwrap().pop().unwrap();
        let mut wanted = before;
        wanted.head = read.head.clone();
        // Clocks are told apart by episode and kind, and come back in that order.
        let key = |clock: &crate::claim::domain::ClaimClock| (clock.episode, clock.kind.name());
        wanted.clocks.sort_by_key(key);
        assert_eq!(wanted, read);
        Some(read)
    }

    async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
        self.store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stored_is_what_was_decided_and_no_posting_changes() {
    let stored = Stored::start().await;
    let mut runner = TestRunner::deterministic();
    for number in 0..12_i64 {
        let acts = acts().new_tree(&mut runner).unwrap().current();
        let mut desk = Desk::apart(number * 2 + 1);
        desk.now = stored.store.ambient().now();
        let mut claims = Vec::new();
        for _ in 0..2 {
            claims.push(stored.save(Ok(desk.draft(100_000))).await.unwrap());
            desk.number += 1;
        }
        for act in &acts {
            desk.pass(act.minutes);
            let (claim, other) = (&claims[act.claim], &claims[1 - act.claim]);
            desk.shipment.others = [(other.id(), other.portion())].into();
            let woken = desk.by_principal("service:claims", |c| claim.wake(c));
            let claim = stored.save(woken).await.unwrap();
            let after = stored.save(perform(&desk, &claim, other, act)).await;
            claims[act.claim] = after.unwrap_or(claim);
        }
    }
    stored.stop().await;
}
