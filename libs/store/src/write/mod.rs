//! The write transaction: one sqlx transaction on the store's writing connections, usable through
//! sea-orm's connection trait and through generic statements for whole models.
//!
//! Between BEGIN and COMMIT nothing is awaited but the database. A task-local is set for as long;
//! [`in_transaction`] lets `kefu-rpc` refuse a call made inside.

mod arrays;
mod connection;
mod sql;
pub(crate) mod table;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use sea_orm::sea_query::{Value, Values};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, ModelTrait, PrimaryKeyTrait};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Executor, Postgres, Sqlite};
use tokio::sync::Mutex;

use self::sql::Shape;
pub(crate) use self::sql::Verb;
use self::table::{Kind, Row, Table, row_of};
use crate::connect::Pools;
use crate::fault_point::FaultPoint;
use crate::store::Shared;
use crate::wake::Topic;
use crate::{Store, StoreError};

tokio::task_local! {
    static IN_TRANSACTION: ();
}

/// Whether the present task is between BEGIN and COMMIT of a write transaction.
pub fn in_transaction() -> bool {
    IN_TRANSACTION.try_with(|()| ()).is_ok()
}

impl Store {
    /// Runs `body` in one write transaction: committed where it answers `Ok`, rolled back where it
    /// answers `Err` or is dropped. For folds, numbering, leases and timers; commands go through the
    /// runner. `body` awaits nothing but `tx`.
    pub async fn write<T, E>(
        &self,
        body: impl AsyncFnOnce(&WriteTx) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        self.shared.reached(FaultPoint::BeforeBegin).await?;
        let tx = WriteTx::begin(Arc::clone(&self.shared)).await?;
        let (value, topics) = IN_TRANSACTION
            .scope((), async {
                match body(&tx).await {
                    Ok(value) => Ok::<_, E>((value, tx.commit().await?)),
                    Err(error) => {
                        // Awaited, so that work done again does not wait for its own locks.
                        tx.roll_back().await;
                        Err(error)
                    }
                }
            })
            .await?;
        self.shared.wake.committed(topics);
        self.shared.reached(FaultPoint::AfterCommit).await?;
        Ok(value)
    }
}

/// An open write transaction. Also a sea-orm connection: `Entity::find().one(tx)` works.
pub struct WriteTx {
    shared: Arc<Shared>,
    open: Mutex<Open>,
    topics: AtomicU8,
}

enum Open {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// How many rows one PostgreSQL statement takes at most; above about 500 nothing is gained.
const MAX_ARRAY: usize = 4096;
/// The same for SQLite, where also `rows × columns` stays within its 32 766 parameters.
const MAX_VALUES: usize = 256;
const SQLITE_PARAMETERS: usize = 32_766;

impl WriteTx {
    async fn begin(shared: Arc<Shared>) -> Result<Self, StoreError> {
        let open = match &shared.pools {
            Pools::Sqlite { writer, .. } => {
                Open::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres { writer, .. } => Open::Postgres(writer.begin().await?),
        };
        shared.statements.began();
        Ok(Self { shared, open: Mutex::new(open), topics: AtomicU8::new(0) })
    }

    async fn commit(self) -> Result<u8, StoreError> {
        self.shared.reached(FaultPoint::BeforeCommit).await?;
        let done = match self.open.into_inner() {
            Open::Sqlite(transaction) => transaction.commit().await,
            Open::Postgres(transaction) => transaction.commit().await,
        };
        done.map_err(|error| StoreError::from(error).at_commit())?;
        Ok(self.topics.into_inner())
    }

    /// Where it fails the connection is lost, and the server rolls back by itself.
    async fn roll_back(self) {
        let _ = match self.open.into_inner() {
            Open::Sqlite(transaction) => transaction.rollback().await,
            Open::Postgres(transaction) => transaction.rollback().await,
        };
    }

    /// After the commit, wakes those who follow `topic`.
    pub fn wakes(&self, topic: Topic) {
        self.topics.fetch_or(topic.bit(), Ordering::Relaxed);
    }

    /// Inserts new rows; one whose key is taken is [`StoreError::Unique`].
    pub async fn insert<M: ModelTrait>(&self, models: &[M]) -> Result<(), StoreError> {
        let table = Table::of::<M::Entity>()?;
        self.run(&table, Verb::Insert, models.iter().map(row_of).collect()).await.map(|_| ())
    }

    /// Inserts the rows whose unique keys are free, and tells how many those were. Waits for another
    /// transaction that has inserted the same key and not ended.
    pub async fn insert_new<M: ModelTrait>(&self, models: &[M]) -> Result<u64, StoreError> {
        let table = Table::of::<M::Entity>()?;
        self.run(&table, Verb::InsertNew, models.iter().map(row_of).collect()).await
    }

    /// Inserts or replaces rows by primary key. Each key at most once.
    pub async fn put<M: ModelTrait>(&self, models: &[M]) -> Result<(), StoreError> {
        let table = Table::of::<M::Entity>()?;
        self.run(&table, Verb::Put, models.iter().map(row_of).collect()).await.map(|_| ())
    }

    /// Inserts rows, or adds their other columns to those of the row with the same primary key: how a
    /// roll-up takes away what was and adds what is. Each key at most once.
    pub async fn add<M: ModelTrait>(&self, models: &[M]) -> Result<(), StoreError> {
        let table = Table::of::<M::Entity>()?;
        self.run(&table, Verb::Add, models.iter().map(row_of).collect()).await.map(|_| ())
    }

    /// Replaces rows by primary key where their column `version` still has the value given, and tells
    /// how many were replaced. Each key at most once.
    pub async fn update_guarded<M: ModelTrait>(
        &self,
        models: &[(M, i64)],
    ) -> Result<u64, StoreError> {
        let table = Table::of::<M::Entity>()?;
        let rows = models.iter().map(|(model, version)| guarded(row_of(model), *version));
        self.run(&table, Verb::Update, rows.collect()).await
    }

    /// Deletes rows by primary key, and tells how many were there.
    pub async fn delete<E: EntityTrait>(
        &self,
        keys: &[<E::PrimaryKey as PrimaryKeyTrait>::ValueType],
    ) -> Result<u64, StoreError>
    where
        <E::PrimaryKey as PrimaryKeyTrait>::ValueType: Clone,
    {
        let table = Table::of::<E>()?;
        let keys = keys.iter().cloned().map(key_of::<E>).collect();
        self.run(&table, Verb::Delete, keys).await
    }

    /// Runs a verb over rows: one statement on PostgreSQL, at most one per power of two on SQLite.
    pub(crate) async fn run(
        &self,
        table: &Arc<Table>,
        verb: Verb,
        mut rows: Vec<Row>,
    ) -> Result<u64, StoreError> {
        let mut affected = 0;
        while !rows.is_empty() {
            let width = rows[0].len();
            let size = self.chunk(rows.len(), width);
            let rest = rows.split_off(size);
            affected += self.run_chunk(table, verb, rows).await?;
            self.shared.reached(FaultPoint::AfterWrite(table.name)).await?;
            rows = rest;
        }
        Ok(affected)
    }

    fn chunk(&self, rows: usize, width: usize) -> usize {
        match self.get_database_backend() {
            DbBackend::Sqlite => {
                let most = (SQLITE_PARAMETERS / width.max(1)).min(MAX_VALUES).min(rows).max(1);
                1 << most.ilog2()
            }
            _ => rows.min(MAX_ARRAY),
        }
    }

    async fn run_chunk(
        &self,
        table: &Arc<Table>,
        verb: Verb,
        rows: Vec<Row>,
    ) -> Result<u64, StoreError> {
        self.shared.statements.wrote();
        let count = rows.len();
        let mut open = self.open.lock().await;
        match &mut *open {
            Open::Sqlite(transaction) => {
                let sql = table.sql(Shape { verb, sqlite: true, rows: count });
                let query = sqlx::query_with(AssertSqlSafe(sql), flat(rows));
                Ok(transaction.execute(query).await?.rows_affected())
            }
            Open::Postgres(transaction) if count == 1 => {
                let sql = table.sql(Shape { verb, sqlite: false, rows: 1 });
                let query = sqlx::query_with(AssertSqlSafe(sql), flat(rows));
                Ok(transaction.execute(query).await?.rows_affected())
            }
            Open::Postgres(transaction) => {
                let sql = table.sql(Shape { verb, sqlite: false, rows: 0 });
                let arguments = arrays::columns(rows, &kinds(table, verb), table.name)?;
                let query = sqlx::query_with(AssertSqlSafe(sql), arguments);
                Ok(transaction.execute(query).await?.rows_affected())
            }
        }
    }
}

/// A row for [`Verb::Update`]: its columns, then the version that must be there.
pub(crate) fn guarded(mut row: Row, version: i64) -> Row {
    row.push(Value::BigInt(Some(version)));
    row
}

/// A primary key for [`Verb::Delete`].
pub(crate) fn key_of<E: EntityTrait>(key: <E::PrimaryKey as PrimaryKeyTrait>::ValueType) -> Row {
    use sea_orm::sea_query::IntoValueTuple;
    key.into_value_tuple().into_iter().collect()
}

fn flat(rows: Vec<Row>) -> SqlxValues {
    SqlxValues(Values(rows.into_iter().flatten().collect()))
}

fn kinds(table: &Table, verb: Verb) -> Vec<Kind> {
    match verb {
        Verb::Delete => table.key().map(|column| column.kind).collect(),
        Verb::Update => {
            table.columns.iter().map(|column| column.kind).chain([Kind::Long]).collect()
        }
        _ => table.columns.iter().map(|column| column.kind).collect(),
    }
}
