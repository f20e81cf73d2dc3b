//! Reading: sea-orm's connection trait over the read pool or over one snapshot, with every statement
//! counted.
//!
//! The connections behind it refuse to write (`query_only` on SQLite, `default_transaction_read_only`
//! on PostgreSQL), so that the runner and [`crate::Store::write`] stay the only ways to change data.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement, TransactionTrait,
};

use crate::statements::Statements;
use crate::{StoreError, in_transaction};

/// Where queries go; pass it to sea-orm as `&impl ConnectionTrait`.
pub struct Reader {
    target: Target,
    statements: Arc<Statements>,
}

enum Target {
    Pool(DatabaseConnection),
    Snapshot(DatabaseTransaction),
}

impl Reader {
    pub(crate) fn new(pool: DatabaseConnection, statements: Arc<Statements>) -> Self {
        Self { target: Target::Pool(pool), statements }
    }

    /// One consistent view over several queries; dropping it ends it.
    pub(crate) async fn snapshot(&self) -> Result<Self, StoreError> {
        let Target::Pool(pool) = &self.target else {
            return Err(StoreError::Defect("a snapshot of a snapshot".into()));
        };
        // On PostgreSQL these connections are REPEATABLE READ by default.
        let transaction = pool.begin().await?;
        Ok(Self { target: Target::Snapshot(transaction), statements: Arc::clone(&self.statements) })
    }

    fn count(&self) {
        debug_assert!(
            !in_transaction(),
            "a query on another connection inside a write transaction can wait for itself"
        );
        self.statements.read();
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        match &self.target {
            Target::Pool(pool) => pool.get_database_backend(),
            Target::Snapshot(snapshot) => snapshot.get_database_backend(),
        }
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.count();
        match &self.target {
            Target::Pool(pool) => pool.execute_raw(stmt).await,
            Target::Snapshot(snapshot) => snapshot.execute_raw(stmt).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.count();
        match &self.target {
            Target::Pool(pool) => pool.execute_unprepared(sql).await,
            Target::Snapshot(snapshot) => snapshot.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.count();
        match &self.target {
            Target::Pool(pool) => pool.query_one_raw(stmt).await,
            Target::Snapshot(snapshot) => snapshot.query_one_raw(stmt).await,
        }
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.count();
        match &self.target {
            Target::Pool(pool) => pool.query_all_raw(stmt).await,
            Target::Snapshot(snapshot) => snapshot.query_all_raw(stmt).await,
        }
    }
}
