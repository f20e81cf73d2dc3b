//! Opening a service's database, and refusing one that could lose an acknowledged write.

use std::str::FromStr;
use std::time::Duration;

use sea_orm::{DatabaseConnection, DbBackend};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Database, PgPool, SqlitePool};

use crate::{StoreConfig, StoreError};

/// The connections of one store. Those for reading refuse to write.
pub(crate) enum Pools {
    Sqlite { writer: SqlitePool, reader: SqlitePool },
    Postgres { writer: PgPool, reader: PgPool, options: Box<PgConnectOptions> },
}

impl Pools {
    pub fn backend(&self) -> DbBackend {
        match self {
            Self::Sqlite { .. } => DbBackend::Sqlite,
            Self::Postgres { .. } => DbBackend::Postgres,
        }
    }

    /// The connections for reading, as sea-orm has them.
    pub fn for_reading(&self) -> DatabaseConnection {
        match self {
            Self::Sqlite { reader, .. } => reader.clone().into(),
            Self::Postgres { reader, .. } => reader.clone().into(),
        }
    }

    /// The connections for writing, as migrations need them.
    pub fn for_migrations(&self) -> DatabaseConnection {
        match self {
            Self::Sqlite { writer, .. } => writer.clone().into(),
            Self::Postgres { writer, .. } => writer.clone().into(),
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
            Self::Postgres { writer, reader, .. } => {
                reader.close().await;
                writer.close().await;
            }
        }
    }
}

/// Opens and checks the database that `config` names.
pub(crate) async fn open(config: &StoreConfig) -> Result<Pools, StoreError> {
    match config.url.split("://").next() {
        Some("sqlite") => sqlite(config).await,
        Some("postgres" | "postgresql") => postgres(config).await,
        _ => Err(StoreError::Unsuitable(
            "a database is named by sqlite:///path/file.db or postgres://user@host/database".into(),
        )),
    }
}

/// Prepared statements kept per connection; the generic statements come in few forms per table.
const STATEMENT_CACHE: usize = 512;
/// How many 4 KiB pages of WAL are written back at a time, and what the file shrinks to.
const WAL_PAGES: &str = "4000";
const WAL_BYTES: &str = "67108864";

async fn sqlite(config: &StoreConfig) -> Result<Pools, StoreError> {
    let options = SqliteConnectOptions::from_str(&config.url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(config.lock_timeout)
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .pragma("journal_size_limit", WAL_BYTES)
        .statement_cache_capacity(STATEMENT_CACHE)
        .disable_statement_logging();
    let writer = pool(config, 1).connect_with(options.clone()).await?;
    check_sqlite(&writer).await?;
    let reader = pool(config, config.read_connections)
        .connect_with(options.create_if_missing(false).pragma("query_only", "ON"))
        .await?;
    Ok(Pools::Sqlite { writer, reader })
}

/// SQLite before 3.51.3 can lose committed WAL pages when two connections write and checkpoint.
const SQLITE_FLOOR: [u32; 3] = [3, 51, 3];

async fn check_sqlite(pool: &SqlitePool) -> Result<(), StoreError> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(pool).await?;
    let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    if parts.as_slice() < SQLITE_FLOOR.as_slice() {
        return Err(StoreError::Unsuitable(format!(
            "SQLite {version} can lose committed data, 3.51.3 or newer is needed"
        )));
    }
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(pool).await?;
    if mode != "wal" {
        return Err(StoreError::Unsuitable(format!(
            "SQLite journal_mode is {mode}: the file's folder must allow WAL (no network disk)"
        )));
    }
    Ok(())
}

async fn postgres(config: &StoreConfig) -> Result<Pools, StoreError> {
    let lock_timeout = format!("{}ms", config.lock_timeout.as_millis());
    let mut options = PgConnectOptions::from_str(&config.url)?
        .application_name(&format!("kefu-{}", config.service))
        .statement_cache_capacity(STATEMENT_CACHE)
        .options([
            ("search_path", config.schema()),
            ("lock_timeout", &lock_timeout),
            ("idle_in_transaction_session_timeout", "30s"),
            ("jit", "off"),
        ])
        .disable_statement_logging();
    options = tls(config, options);
    // Writing is by key: a plan made once is as good as one made for each value.
    let writing = options.clone().options([("plan_cache_mode", "force_generic_plan")]);
    let writer = pool(config, config.write_connections).connect_with(writing).await?;
    check_postgres(&writer, config).await?;
    // What several statements read in a transaction is one state, without a round trip to ask for it.
    let reading = options.clone().options([
        ("default_transaction_read_only", "on"),
        ("default_transaction_isolation", "repeatable read"),
        // Lists end at a LIMIT, which a generic plan does not know: it would walk the wrong index.
        ("plan_cache_mode", "auto"),
    ]);
    let reader = pool(config, config.read_connections).connect_with(reading).await?;
    Ok(Pools::Postgres { writer, reader, options: Box::new(options) })
}

/// A server on another machine is always verified, unless the URL says otherwise in so many words.
fn tls(config: &StoreConfig, options: PgConnectOptions) -> PgConnectOptions {
    if let Some(tls) = &config.tls {
        let options = options.ssl_mode(PgSslMode::VerifyFull).ssl_root_cert(&tls.root_cert);
        return match &tls.client {
            Some((cert, key)) => options.ssl_client_cert(cert).ssl_client_key(key),
            None => options,
        };
    }
    let local = matches!(options.get_host(), "localhost" | "127.0.0.1" | "::1")
        || options.get_host().starts_with('/')
        || options.get_socket().is_some();
    if local || config.url.contains("sslmode=") {
        options
    } else {
        options.ssl_mode(PgSslMode::VerifyFull)
    }
}

async fn check_postgres(pool: &PgPool, config: &StoreConfig) -> Result<(), StoreError> {
    let refuse = |what: String| Err(StoreError::Unsuitable(what));
    let (version, fsync, pages, commit, encoding, collation): (
        i32,
        String,
        String,
        String,
        String,
        String,
    ) = sqlx::query_as(
        "SELECT current_setting('server_version_num')::int, current_setting('fsync'), \
         current_setting('full_page_writes'), current_setting('synchronous_commit'), \
         pg_encoding_to_char(encoding)::text, datcollate::text \
         FROM pg_database WHERE datname = current_database()",
    )
    .fetch_one(pool)
    .await?;
    if version < 150_000 {
        return refuse(format!("PostgreSQL 15 or newer is needed, this is {version}"));
    }
    if encoding != "UTF8" {
        return refuse(format!("the database's encoding must be UTF8, it is {encoding}"));
    }
    if !matches!(collation.as_str(), "C" | "POSIX" | "C.UTF-8" | "C.utf8") {
        return refuse(format!(
            "the database must compare text bytewise, it sorts by {collation}: create it with \
             CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        ));
    }
    let unsafe_setting =
        [("fsync", fsync), ("full_page_writes", pages), ("synchronous_commit", commit)]
            .into_iter()
            .find(|(_, value)| value == "off");
    match unsafe_setting {
        Some((name, _)) if !config.allow_unsafe_durability => refuse(format!(
            "PostgreSQL runs with {name} = off and may lose acknowledged writes; set it to on, or \
             allow_unsafe_durability = true for throw-away data"
        )),
        _ => Ok(()),
    }
}

/// How long a connection rests before it is tested at its next use.
const TESTED_AFTER: Duration = Duration::from_secs(1);

fn pool<DB: Database>(config: &StoreConfig, connections: u32) -> PoolOptions<DB> {
    PoolOptions::new()
        .max_connections(connections.max(1))
        .min_connections(1)
        .acquire_timeout(config.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(|connection: &mut DB::Connection, meta| {
            Box::pin(async move {
                // A connection in steady use is not asked; one that rested may have been cut meanwhile.
                Ok(meta.idle_for < TESTED_AFTER || connection.ping().await.is_ok())
            })
        })
        .idle_timeout(Duration::from_secs(600))
        .max_lifetime(Duration::from_secs(3600))
}
