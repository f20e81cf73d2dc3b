//! What a migration writes to: statements for one backend, in order.

use sea_orm::DbBackend;
use sea_orm_migration::sea_query::{
    IndexCreateStatement, IntoIden, PostgresQueryBuilder, SqliteQueryBuilder, TableAlterStatement,
    TableCreateStatement,
};

/// Collects the statements of one migration. Column helpers are in [`super::columns`].
#[derive(Debug)]
pub struct Schema {
    backend: DbBackend,
    statements: Vec<String>,
}

impl Schema {
    pub(crate) fn new(backend: DbBackend) -> Self {
        Self { backend, statements: Vec::new() }
    }

    /// The backend that is migrated.
    pub fn backend(&self) -> DbBackend {
        self.backend
    }

    /// Creates a table. It must have a primary key: on SQLite the rows are kept in its order.
    pub fn create_table(&mut self, table: &mut TableCreateStatement) -> &mut Self {
        if self.backend == DbBackend::Sqlite {
            table.extra("WITHOUT ROWID");
        }
        self.create_plain_table(table)
    }

    /// Creates a table as it is told, with row ids on SQLite: for few wide rows, or full text.
    pub fn create_plain_table(&mut self, table: &TableCreateStatement) -> &mut Self {
        let sql = match self.backend {
            DbBackend::Sqlite => table.to_string(SqliteQueryBuilder),
            _ => table.to_string(PostgresQueryBuilder),
        };
        self.sql(sql)
    }

    /// Changes a table. Portable is only what adds: one column in one statement.
    pub fn alter_table(&mut self, change: &TableAlterStatement) -> &mut Self {
        let sql = match self.backend {
            DbBackend::Sqlite => change.to_string(SqliteQueryBuilder),
            _ => change.to_string(PostgresQueryBuilder),
        };
        self.sql(sql)
    }

    /// Creates an index `<table>_<column>_<column>`.
    pub fn index(&mut self, table: &'static str, columns: &[&'static str]) -> &mut Self {
        self.add_index(table, columns, false)
    }

    /// Creates a unique index `<table>_<column>_<column>`.
    pub fn unique_index(&mut self, table: &'static str, columns: &[&'static str]) -> &mut Self {
        self.add_index(table, columns, true)
    }

    /// Any statement that both backends understand.
    pub fn sql(&mut self, sql: impl Into<String>) -> &mut Self {
        self.statements.push(sql.into());
        self
    }

    /// A statement told in each backend's own words; an empty one is left out.
    pub fn sql_for(&mut self, sqlite: &str, postgres: &str) -> &mut Self {
        let sql = if self.backend == DbBackend::Sqlite { sqlite } else { postgres };
        if sql.is_empty() { self } else { self.sql(sql) }
    }

    pub(crate) fn into_statements(self) -> Vec<String> {
        self.statements
    }

    fn add_index(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        unique: bool,
    ) -> &mut Self {
        let mut index = IndexCreateStatement::new();
        index.name(format!("{table}_{}", columns.join("_"))).table(table.into_iden());
        for column in columns {
            index.col(*column);
        }
        if unique {
            index.unique();
        }
        let sql = match self.backend {
            DbBackend::Sqlite => index.to_string(SqliteQueryBuilder),
            _ => index.to_string(PostgresQueryBuilder),
        };
        self.sql(sql)
    }
}
