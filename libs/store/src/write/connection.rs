//! A write transaction as a sea-orm connection, so that entities and sea-query statements run in it.

use std::sync::Arc;

use sea_orm::sea_query::Values;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Executor};

use super::{Open, WriteTx};

#[async_trait::async_trait]
impl ConnectionTrait for WriteTx {
    fn get_database_backend(&self) -> DbBackend {
        self.shared.pools.backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.shared.statements.wrote();
        let (sql, values) = parts(stmt);
        match &mut *self.open.lock().await {
            Open::Sqlite(tx) => {
                tx.execute(sqlx::query_with(sql, values)).await.map(ExecResult::from)
            }
            Open::Postgres(tx) => {
                tx.execute(sqlx::query_with(sql, values)).await.map(ExecResult::from)
            }
        }
        .map_err(execution)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.shared.statements.wrote();
        let sql = AssertSqlSafe(sql.to_owned());
        match &mut *self.open.lock().await {
            Open::Sqlite(tx) => tx.execute(sqlx::raw_sql(sql)).await.map(ExecResult::from),
            Open::Postgres(tx) => tx.execute(sqlx::raw_sql(sql)).await.map(ExecResult::from),
        }
        .map_err(execution)
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.shared.statements.wrote();
        let (sql, values) = parts(stmt);
        match &mut *self.open.lock().await {
            Open::Sqlite(tx) => {
                let row = tx.fetch_optional(sqlx::query_with(sql, values)).await;
                row.map(|row| row.map(QueryResult::from))
            }
            Open::Postgres(tx) => {
                let row = tx.fetch_optional(sqlx::query_with(sql, values)).await;
                row.map(|row| row.map(QueryResult::from))
            }
        }
        .map_err(execution)
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.shared.statements.wrote();
        let (sql, values) = parts(stmt);
        match &mut *self.open.lock().await {
            Open::Sqlite(tx) => {
                let rows = tx.fetch_all(sqlx::query_with(sql, values)).await;
                rows.map(|rows| rows.into_iter().map(QueryResult::from).collect())
            }
            Open::Postgres(tx) => {
                let rows = tx.fetch_all(sqlx::query_with(sql, values)).await;
                rows.map(|rows| rows.into_iter().map(QueryResult::from).collect())
            }
        }
        .map_err(execution)
    }
}

fn parts(stmt: Statement) -> (AssertSqlSafe<String>, SqlxValues) {
    let values = stmt.values.unwrap_or_else(|| Values(Vec::new()));
    (AssertSqlSafe(stmt.sql), SqlxValues(values))
}

fn execution(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}
