//! The databases that each test runs on.

use std::future::Future;

use kefu_testkit::postgres::Postgres;
use proptest::test_runner::Config;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend};

/// Runs a test on a fresh SQLite database and on a fresh PostgreSQL one, and says on which.
pub fn on_each<F: Future<Output = ()>>(test: impl Fn(DatabaseConnection) -> F) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut ran = Vec::new();
    runtime.block_on(async {
        ran.push("SQLite");
        test(connect("sqlite::memory:".into()).await).await;
        if let Some(cluster) = Postgres::shared() {
            let database = cluster.database();
            ran.push("PostgreSQL");
            test(connect(database.url()).await).await;
        }
    });
    println!("ran on {}", ran.join(" and "));
}

/// One connection: a SQLite database in memory is its connection's own.
async fn connect(url: String) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// How generated tests over databases run: failures are printed, not kept.
pub fn cases_of(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}

/// Runs statements one after another.
pub async fn run(db: &DatabaseConnection, statements: &[impl AsRef<str>]) {
    for statement in statements {
        db.execute_unprepared(statement.as_ref()).await.unwrap();
    }
}

/// The type of an id's column.
pub fn id_type(db: &DatabaseConnection) -> &'static str {
    match db.get_database_backend() {
        DbBackend::Postgres => "uuid",
        _ => "uuid_blob",
    }
}
