//! Opening a database: what is refused, and that a server that was away is found again.

use std::sync::Arc;
use std::time::Duration;

use kefu_kernel::{Ambient, Fault, FaultKind, Timestamp};
use kefu_store::{
    FaultPoint, RunError, Runner, RunnerError, RunnerOptions, Store, StoreConfig, StoreError, Tls,
};
use kefu_testkit::clock::Moved;
use kefu_testkit::postgres::Postgres;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::fixture::MIGRATIONS;
use crate::fixture::model::Told;
use crate::fixture::ops::Op;
use crate::runner::batches::{deposit, open};
use crate::runner::faults::{Script, unknown};
use crate::runner::harness::{Replica, call, id};

async fn refusal(config: StoreConfig) -> String {
    match Store::open(config, Ambient::system()).await {
        Ok(_) => panic!("it was opened"),
        Err(StoreError::Unsuitable(text)) => text,
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_unknown_url_is_refused() {
    let text = refusal(StoreConfig::new("fixture", "mysql://host/database")).await;
    assert!(text.contains("sqlite://"), "{text}");
}

#[tokio::test]
async fn a_server_that_may_lose_writes_is_refused() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.database();
    let config = StoreConfig::new("fixture", database.schema("fixture"));
    let off = format!("ALTER DATABASE {} SET synchronous_commit = off", database.name());
    database.sql(&off).unwrap();
    let text = refusal(config.clone()).await;
    assert!(text.contains("synchronous_commit = off"), "{text}");
    let allowed = StoreConfig { allow_unsafe_durability: true, ..config };
    Store::open(allowed, Ambient::system()).await.unwrap();
}

#[tokio::test]
async fn a_server_that_sorts_by_language_is_refused() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.database();
    let locale = database.sql("SELECT collname FROM pg_collation WHERE collname = 'en_US.utf8'");
    if locale.unwrap().is_empty() {
        return println!("left out: this machine has no locale but C");
    }
    let other = format!("{}_en", database.name());
    let create = format!("CREATE DATABASE {other} TEMPLATE template0 LC_COLLATE 'en_US.utf8'");
    database.sql(&create).unwrap();
    let url = database.url().replace(database.name(), &other);
    let text = refusal(StoreConfig::new("fixture", url)).await;
    assert!(text.contains("LC_COLLATE 'C'"), "{text}");
}

#[tokio::test]
async fn a_connection_over_tls_verifies_the_server() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.database();
    database.schema("fixture");
    let url = database.verified_url("fixture");
    let (plain, _) = url.split_once('?').unwrap();
    let tls = |root_cert| Some(Tls { root_cert, client: None });
    let config =
        StoreConfig { tls: tls(postgres.authority()), ..StoreConfig::new("fixture", plain) };
    let store = Store::open(config.clone(), Ambient::system()).await.unwrap();
    let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = store.reader().query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    assert!(row.unwrap().unwrap().try_get::<bool>("", "ssl").unwrap());
    let folder = kefu_testkit::Folder::new("other-authority");
    let other = kefu_testkit::certs::Authority::new(folder.path());
    let wrong = StoreConfig { tls: tls(other.certificate()), ..config };
    Store::open(wrong, Ambient::system()).await.map(|_| ()).unwrap_err();
    Store::open(StoreConfig::new("fixture", url), Ambient::system()).await.unwrap();
}

/// A replica on a server of its own whose transactions a script interferes with.
async fn scripted(postgres: &Postgres, acquire_timeout: Duration) -> (Arc<Script>, Replica) {
    let script = Script::new();
    let config = StoreConfig {
        acquire_timeout,
        faults: Some(script.clone()),
        ..StoreConfig::new("fixture", postgres.database().schema("fixture"))
    };
    let mut replica = Replica::stopped(config, RunnerOptions::default()).await;
    replica.go();
    (script, replica)
}

/// Runs it until the server is found again: connections that died with it are found out one by one.
async fn found_again(replica: &Replica, op: &Op, request: Option<&str>) -> Told {
    let mut told = Told::Failed;
    for _ in 0..20 {
        told = replica.run(op, request).await;
        if told != Told::Failed {
            break;
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_is_found_again() {
    let Some(mut postgres) = Postgres::start() else { return };
    let (_, replica) = scripted(&postgres, Duration::from_millis(500)).await;
    assert!(matches!(replica.run(&open(1), None).await, Told::Done(_)));
    postgres.kill();
    let op = deposit(1, 5, "a");
    assert_eq!(replica.run(&op, Some("r")).await, Told::Failed);
    postgres.resume();
    let told = found_again(&replica, &op, Some("r")).await;
    assert!(matches!(&told, Told::Done(reply) if reply.value == 5), "{told:?}");
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_during_a_commit_leaves_the_outcome_unknown() {
    let Some(mut postgres) = Postgres::start() else { return };
    let (script, replica) = scripted(&postgres, Duration::from_millis(500)).await;
    replica.run(&open(1), None).await;
    for request in [None, Some("r")] {
        let held = script.hold(|point| point == FaultPoint::BeforeCommit);
        let op = deposit(1, 5, request.unwrap_or("none"));
        let answer = replica.runner.run(call(&op, request), op.clone());
        let (answer, ()) = tokio::join!(answer, async {
            held.arrived().await;
            postgres.kill();
            held.release();
        });
        let error = answer.unwrap_err();
        let RunError::Runner(RunnerError::OutcomeUnknown { repeatable, .. }) = &error else {
            panic!("it may have been done, and that is told: {error:?}");
        };
        assert_eq!(*repeatable, request.is_some());
        assert_eq!((error.kind(), error.reason()), (FaultKind::Unavailable, "OUTCOME_UNKNOWN"));
        // Who cannot ask again safely is not invited to.
        assert_eq!(error.retry_after().is_some(), request.is_some());
        postgres.resume();
        let told = found_again(&replica, &Op::Touch { id: id(1) }, None).await;
        assert!(matches!(&told, Told::Done(reply) if reply.value == 0), "{told:?}");
    }
    let told = replica.run(&deposit(1, 5, "r"), Some("r")).await;
    assert!(matches!(&told, Told::Done(reply) if reply.value == 5), "{told:?}");
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_a_server_died_in_is_looked_up_when_it_is_back() {
    let Some(mut postgres) = Postgres::start() else { return };
    // Long enough for a server to come back while the runner waits for it.
    let (script, replica) = scripted(&postgres, Duration::from_secs(60)).await;
    replica.run(&open(1), None).await;
    // It died before the commit: it is made now, and after it: the stored reply.
    for (point, replayed) in [(FaultPoint::BeforeCommit, false), (FaultPoint::AfterCommit, true)] {
        let held = match replayed {
            false => script.hold(move |reached| reached == point),
            true => script.hold_and_fail(move |reached| reached == point, unknown()),
        };
        let op = deposit(1, 5, &format!("{replayed}"));
        let request = format!("{replayed}");
        let answer = replica.runner.run(call(&op, Some(&request)), op.clone());
        let (answer, ()) = tokio::join!(answer, async {
            held.arrived().await;
            postgres.kill();
            held.release();
            postgres.resume();
        });
        assert_eq!(answer.unwrap().replayed, replayed);
    }
    let told = found_again(&replica, &Op::Touch { id: id(1) }, None).await;
    assert!(matches!(&told, Told::Done(reply) if reply.value == 10), "each once: {told:?}");
    replica.stop().await;
}

#[tokio::test]
async fn each_month_of_events_has_its_partition() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.database();
    let url = database.schema("fixture");
    let moved = Moved::at(Timestamp::from_millis(1_798_761_599_000), 1);
    let store =
        Store::open(StoreConfig::new("fixture", &url), moved.ambient.clone()).await.unwrap();
    store.migrate(MIGRATIONS).await.unwrap();
    let (runner, task) = Runner::new(store.clone(), RunnerOptions::default());
    let stop = tokio_util::sync::CancellationToken::new();
    let work = async {
        for number in 1..=3 {
            let op = open(number);
            runner.run(call(&op, None), op).await.unwrap();
            moved.record.advance(Duration::from_secs(1));
        }
        // The clock goes back: what is recorded on an old aggregate does not.
        moved.record.set(Timestamp::from_millis(1_700_000_000_000));
        let op = deposit(3, 1, "a");
        runner.run(call(&op, None), op).await.unwrap();
        stop.cancel();
    };
    tokio::join!(work, task.run(stop.clone()));
    let tables = "SELECT relname FROM pg_class WHERE relname ~ '^event_[0-9_]+$' ORDER BY 1";
    assert_eq!(database.sql(tables).unwrap(), "event_2026_12\nevent_2027_01");
    let counts =
        "SELECT count(*) FROM fixture.event_2026_12; SELECT count(*) FROM fixture.event_2027_01";
    assert_eq!(database.sql(counts).unwrap(), "1\n3");
}
