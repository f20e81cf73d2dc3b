//! The SQLite file of the embedded log: its tables and every statement on them.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use kefu_kernel::{Recorded, Timestamp, id::Uuid};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use super::End;
use crate::ConsumerSpec;
use crate::cloudevents::Message;
use crate::error::BusError;

/// Earlier versions can lose committed pages of the write-ahead log.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);
/// Rows of one INSERT at most. Smaller remainders go in powers of two, so that few statements exist.
const MAX_ROWS: usize = 64;
/// Rows removed by one transaction at most.
const TRIM_ROWS: i64 = 1_000;
const READERS: u32 = 4;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS event (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id BLOB NOT NULL UNIQUE,
  service TEXT NOT NULL,
  partition INTEGER NOT NULL,
  position INTEGER NOT NULL,
  stored_at INTEGER NOT NULL,
  subject TEXT NOT NULL,
  headers TEXT NOT NULL,
  payload BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS event_of_partition ON event (service, partition, sequence);
CREATE TABLE IF NOT EXISTS consumer (
  name TEXT NOT NULL,
  service TEXT NOT NULL,
  partition INTEGER NOT NULL,
  acknowledged INTEGER NOT NULL,
  PRIMARY KEY (name, service, partition)
) STRICT, WITHOUT ROWID;
";

/// The open file.
pub(super) struct File {
    writer: SqlitePool,
    readers: SqlitePool,
}

/// An event as the file keeps it.
pub(super) struct Row {
    event_id: Uuid,
    service: String,
    partition: u8,
    position: i64,
    subject: String,
    /// `name: value` lines.
    headers: String,
    payload: Vec<u8>,
}

/// An event as it is read.
pub(super) struct Stored {
    pub(super) sequence: i64,
    pub(super) subject: String,
    pub(super) headers: String,
    pub(super) payload: Vec<u8>,
}

impl Row {
    pub(super) fn new(event: &Recorded, message: &Message) -> Self {
        let lines = message.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
        Self {
            event_id: event.event_id,
            service: event.service.clone(),
            partition: event.partition,
            position: event.position,
            subject: message.subject.clone(),
            headers: lines.collect(),
            payload: message.payload.to_vec(),
        }
    }
}

impl File {
    pub(super) async fn open(path: &Path) -> Result<Self, BusError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        let pool = |connections| SqlitePoolOptions::new().max_connections(connections);
        let writer = pool(1).connect_with(options.clone()).await.map_err(BusError::unavailable)?;
        let version: String = sqlx::query_scalar("SELECT sqlite_version()")
            .fetch_one(&writer)
            .await
            .map_err(BusError::unavailable)?;
        if parse_version(&version) < Some(OLDEST_SQLITE) {
            let text = format!("SQLite {version} is older than 3.51.3, which is needed");
            return Err(BusError::Misconfigured(text));
        }
        sqlx::raw_sql(SCHEMA).execute(&writer).await.map_err(BusError::unavailable)?;
        let readers = pool(READERS)
            .connect_with(options.create_if_missing(false).read_only(true))
            .await
            .map_err(BusError::unavailable)?;
        Ok(Self { writer, readers })
    }

    /// Stores the rows in one transaction, leaving out event ids that are there, and tells where
    /// each partition concerned ends now.
    pub(super) async fn insert(
        &self,
        rows: &[&Row],
        now: Timestamp,
    ) -> Result<Vec<((String, u8), End)>, BusError> {
        let insert = async {
            let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
            let mut left = rows;
            while !left.is_empty() {
                let size = MAX_ROWS.min(1 << left.len().ilog2());
                let (some, others) = left.split_at(size);
                insert_rows(&mut transaction, some, now).await?;
                left = others;
            }
            let mut ends = Vec::new();
            let partitions: BTreeSet<_> =
                rows.iter().map(|row| (row.service.as_str(), row.partition)).collect();
            for (service, partition) in partitions {
                let end = end(&mut *transaction, service, partition).await?;
                ends.push(((service.to_owned(), partition), end));
            }
            transaction.commit().await?;
            Ok(ends)
        };
        insert.await.map_err(|error: sqlx::Error| BusError::unavailable(error))
    }

    /// Events of a partition after `sequence`.
    pub(super) async fn after(
        &self,
        spec: &ConsumerSpec,
        sequence: i64,
        max: usize,
    ) -> Result<Vec<Stored>, BusError> {
        let rows = sqlx::query(
            "SELECT sequence, subject, headers, payload FROM event \
             WHERE service = ? AND partition = ? AND sequence > ? ORDER BY sequence LIMIT ?",
        )
        .bind(&spec.service)
        .bind(i64::from(spec.partition))
        .bind(sequence)
        .bind(i64::try_from(max).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await
        .map_err(BusError::unavailable)?;
        let stored = rows.into_iter().map(|row| Stored {
            sequence: row.get(0),
            subject: row.get(1),
            headers: row.get(2),
            payload: row.get(3),
        });
        Ok(stored.collect())
    }

    pub(super) async fn end(&self, service: &str, partition: u8) -> Result<End, BusError> {
        end(&self.readers, service, partition).await.map_err(BusError::unavailable)
    }

    /// Removes some of the events stored before `oldest`, from the front; how many.
    pub(super) async fn trim(&self, oldest: Timestamp) -> Result<u64, BusError> {
        let done = sqlx::query(
            "DELETE FROM event WHERE sequence IN (SELECT sequence FROM \
             (SELECT sequence, stored_at FROM event ORDER BY sequence LIMIT ?) \
             WHERE stored_at < ?)",
        )
        .bind(TRIM_ROWS)
        .bind(oldest.as_millis())
        .execute(&self.writer)
        .await
        .map_err(BusError::unavailable)?;
        Ok(done.rows_affected())
    }

    pub(super) async fn acknowledged(&self, spec: &ConsumerSpec) -> Result<i64, BusError> {
        let kept: Option<i64> = sqlx::query_scalar(
            "SELECT acknowledged FROM consumer WHERE name = ? AND service = ? AND partition = ?",
        )
        .bind(&spec.name)
        .bind(&spec.service)
        .bind(i64::from(spec.partition))
        .fetch_optional(&self.readers)
        .await
        .map_err(BusError::unavailable)?;
        Ok(kept.unwrap_or(0))
    }

    pub(super) async fn keep_acknowledged(
        &self,
        fresh: &[(ConsumerSpec, i64)],
    ) -> Result<(), BusError> {
        let keep = async {
            let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
            for (spec, sequence) in fresh {
                sqlx::query(
                    "INSERT INTO consumer (name, service, partition, acknowledged) \
                     VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE \
                     SET acknowledged = max(acknowledged, excluded.acknowledged)",
                )
                .bind(&spec.name)
                .bind(&spec.service)
                .bind(i64::from(spec.partition))
                .bind(sequence)
                .execute(&mut *transaction)
                .await?;
            }
            transaction.commit().await
        };
        keep.await.map_err(BusError::unavailable)
    }

    pub(super) async fn forget(&self, spec: &ConsumerSpec) -> Result<(), BusError> {
        sqlx::query("DELETE FROM consumer WHERE name = ? AND service = ? AND partition = ?")
            .bind(&spec.name)
            .bind(&spec.service)
            .bind(i64::from(spec.partition))
            .execute(&self.writer)
            .await
            .map_err(BusError::unavailable)?;
        Ok(())
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

async fn insert_rows(
    connection: &mut SqliteConnection,
    rows: &[&Row],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let places = vec!["(?, ?, ?, ?, ?, ?, ?, ?)"; rows.len()].join(", ");
    let statement = format!(
        "INSERT OR IGNORE INTO event (event_id, service, partition, position, stored_at, subject, \
         headers, payload) VALUES {places}"
    );
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for row in rows {
        query = query
            .bind(row.event_id)
            .bind(&row.service)
            .bind(i64::from(row.partition))
            .bind(row.position)
            .bind(now.as_millis())
            .bind(&row.subject)
            .bind(&row.headers)
            .bind(&row.payload);
    }
    query.execute(connection).await?;
    Ok(())
}

async fn end(
    executor: impl sqlx::SqliteExecutor<'_>,
    service: &str,
    partition: u8,
) -> Result<End, sqlx::Error> {
    let row: Option<(i64, i64)> = sqlx::query_as(
        "SELECT sequence, position FROM event WHERE service = ? AND partition = ? \
         ORDER BY sequence DESC LIMIT 1",
    )
    .bind(service)
    .bind(i64::from(partition))
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|(sequence, position)| End { sequence, position }).unwrap_or_default())
}

fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(str::parse);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch))) => Some((major, minor, patch)),
        _ => None,
    }
}
