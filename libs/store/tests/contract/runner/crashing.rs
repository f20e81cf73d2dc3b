//! A process under load that is killed: what it acknowledged is there, what it did not is there once
//! or not at all, and asking again settles which.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt;
use futures::future::BoxFuture;
use kefu_store::{FaultPoint, Faults, RunnerOptions, StoreConfig, StoreError};
use kefu_testkit::process::{Process, Start};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::task::JoinSet;

use super::harness::{Replica, call, id, read};
use crate::backends::Fresh;
use crate::fixture::model::Told;
use crate::fixture::ops::{Op, Reply};

crate::on_both!(killed_twenty_times_under_load, dying_at_every_step);

/// Set for the child: the database's URL, the run's number, and the step to die at.
const URL: &str = "KEFU_STORE_CHILD_URL";
const RUN: &str = "KEFU_STORE_CHILD_RUN";
const DIE_AT: &str = "KEFU_STORE_CHILD_DIE_AT";

const KILLS: u64 = 20;
const CALLERS: u64 = 16;
const ACCOUNTS: u128 = 5;

/// What the callers of one database know.
#[derive(Default)]
struct History {
    tried: BTreeSet<u64>,
    acknowledged: BTreeMap<u64, Reply>,
}

fn deposit_of(amount: u64) -> (Op, String) {
    let amount_ = i64::try_from(amount).expect("a small number");
    let op = Op::Deposit {
        id: id(u128::from(amount) % ACCOUNTS + 1),
        amount: amount_,
        code: String::new(),
    };
    (op, format!("request {amount}"))
}

async fn killed_twenty_times_under_load(fresh: Fresh) {
    prepare(&fresh).await;
    let mut history = History::default();
    for run in 1..=KILLS {
        let mut child = spawn(&fresh, run, "");
        // At a different moment each time, and always in the middle of the load.
        let acknowledgements = 20 + run * 37 % 101;
        child.line(&format!("answer {acknowledgements} ")).await.expect("the child works");
        child.kill();
        history.learn(&mut child).await;
    }
    let unknown = history.tried.len() - history.acknowledged.len();
    println!("{} acknowledged, {unknown} unknown after {KILLS} kills", history.acknowledged.len());
    assert!(unknown > 0, "a kill under load leaves callers without an answer");
    settle(&fresh, &history).await;
}

async fn dying_at_every_step(fresh: Fresh) {
    prepare(&fresh).await;
    let mut history = History::default();
    let steps = [
        FaultPoint::BeforeBegin,
        FaultPoint::AfterWrite("idempotency"),
        FaultPoint::AfterWrite("account"),
        FaultPoint::AfterWrite("journal"),
        FaultPoint::AfterWrite("event"),
        FaultPoint::AfterWrite("event_pending"),
        FaultPoint::AfterWrite("timer"),
        FaultPoint::BeforeCommit,
        FaultPoint::AfterCommit,
    ];
    for (run, step) in (1..).zip(steps) {
        let mut child = spawn(&fresh, run, &format!("{step:?}"));
        history.learn(&mut child).await;
    }
    assert!(history.tried.len() > history.acknowledged.len());
    settle(&fresh, &history).await;
}

async fn prepare(fresh: &Fresh) {
    let replica = Replica::start(fresh).await;
    for number in 1..=ACCOUNTS {
        let op = Op::Open { id: id(number), key: format!("key {number}"), branch: None };
        assert!(matches!(replica.run(&op, None).await, Told::Done(_)));
    }
    replica.stop().await;
}

/// This test binary once more, as [`child`] alone.
fn spawn(fresh: &Fresh, run: u64, die_at: &str) -> Process {
    let binary = std::env::current_exe().expect("a running program has a path");
    Start::new("child", binary)
        .args(&["--exact", "runner::crashing::child", "--nocapture"])
        .env(URL, fresh.config().url)
        .env(RUN, run.to_string())
        .env(DIE_AT, die_at)
        .spawn()
        .expect("the test binary starts")
}

impl History {
    async fn learn(&mut self, child: &mut Process) {
        child.finished().await.expect("a killed process ends");
        for line in child.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["try", amount] => {
                    self.tried.insert(amount.parse().expect("a number"));
                }
                ["answer", _, amount, version, value] => {
                    let amount: u64 = amount.parse().expect("a number");
                    let (op, _) = deposit_of(amount);
                    let Op::Deposit { id, .. } = op else { unreachable!("it makes deposits") };
                    let reply = Reply {
                        id: id.into_bytes().to_vec(),
                        version: version.parse().expect("a number"),
                        value: value.parse().expect("a number"),
                        seen: 0,
                    };
                    self.acknowledged.insert(amount, reply);
                }
                _ => assert!(!line.starts_with("problem"), "{line}"),
            }
        }
    }
}

/// Compares the database with the history, asks again for what is not known, and compares again.
async fn settle(fresh: &Fresh, history: &History) {
    let replica = Replica::start(fresh).await;
    intact(&replica).await;
    let times = |journal: &BTreeSet<(String, uuid::Uuid, i64)>| {
        let mut times: BTreeMap<u64, u32> = BTreeMap::new();
        for (_, _, amount) in journal {
            *times.entry(u64::try_from(*amount).expect("positive")).or_default() += 1;
        }
        times
    };
    let found = times(&read(&replica.store).await.journal);
    assert!(found.values().all(|times| *times == 1), "nothing is doubled");
    assert!(found.keys().all(|amount| history.tried.contains(amount)), "nothing is invented");
    for amount in history.acknowledged.keys() {
        assert!(found.contains_key(amount), "{amount} was acknowledged and is lost");
    }
    for amount in &history.tried {
        let (op, request) = deposit_of(*amount);
        match (replica.run(&op, Some(&request)).await, history.acknowledged.get(amount)) {
            (Told::Replayed(reply), Some(told)) => assert_eq!(reply, *told),
            (Told::Replayed(_), None) => assert!(found.contains_key(amount)),
            (Told::Done(_), None) => assert!(!found.contains_key(amount)),
            (told, known) => panic!("{amount} was answered {known:?} and now {told:?}"),
        }
    }
    let settled = read(&replica.store).await;
    let all = times(&settled.journal);
    assert!(all.values().all(|times| *times == 1));
    assert_eq!(all.into_keys().collect::<BTreeSet<_>>(), history.tried);
    for (id, account) in &settled.accounts {
        let own = settled.journal.iter().filter(|(_, of, _)| of == id);
        let (count, sum) = own.fold((0, 0), |(n, sum), (.., amount)| (n + 1, sum + amount));
        assert_eq!((account.balance, account.version), (sum, count + 1), "one event per effect");
    }
    replica.stop().await;
}

async fn intact(replica: &Replica) {
    if replica.store.backend() == DbBackend::Sqlite {
        let check = Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check");
        let row = replica.store.reader().query_one_raw(check).await.unwrap().unwrap();
        assert_eq!(row.try_get::<String>("", "integrity_check").unwrap(), "ok");
    }
}

/// The process that is killed: only does something when a test above has started it.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let Ok(url) = std::env::var(URL) else { return };
    let run: u64 = std::env::var(RUN).expect("it is set with the URL").parse().expect("a number");
    let die_at = std::env::var(DIE_AT).expect("it is set with the URL");
    let faults: Option<Arc<dyn Faults>> =
        (!die_at.is_empty()).then(|| Arc::new(DieAt::new(die_at)) as Arc<dyn Faults>);
    let config = StoreConfig { faults, ..StoreConfig::new("fixture", url) };
    let mut replica = Replica::stopped(config, RunnerOptions::default()).await;
    replica.go();
    let answers = Arc::new(AtomicU64::new(0));
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (runner, answers) = (replica.runner.clone(), Arc::clone(&answers));
        callers.spawn(async move {
            for number in 0..10_000 {
                let amount = run * 10_000_000 + caller * 100_000 + number + 1_000;
                let (op, request) = deposit_of(amount);
                say(&format!("try {amount}"));
                match runner.run(call(&op, Some(&request)), op).await {
                    Ok(done) => {
                        let count = answers.fetch_add(1, Ordering::Relaxed) + 1;
                        let Reply { version, value, .. } = done.reply;
                        say(&format!("answer {count} {amount} {version} {value}"));
                    }
                    Err(error) => say(&format!("problem {error:?}")),
                }
            }
        });
    }
    callers.join_all().await;
}

/// One whole line, at once.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).expect("the parent reads");
    out.flush().expect("the parent reads");
}

/// Ends the process without a word at the third time that a step is reached.
struct DieAt {
    step: String,
    times: AtomicU64,
}

impl DieAt {
    fn new(step: String) -> Self {
        Self { step, times: AtomicU64::new(0) }
    }
}

impl Faults for DieAt {
    fn reached(&self, point: FaultPoint) -> BoxFuture<'_, Result<(), StoreError>> {
        let here = format!("{point:?}") == self.step;
        if here && self.times.fetch_add(1, Ordering::Relaxed) == 2 {
            std::process::abort();
        }
        async { Ok(()) }.boxed()
    }
}
