//! The few statements that sea-query cannot say, put together with bound values only.

use std::fmt::Write;

use sea_orm::sea_query::Value;
use sea_orm::{DbBackend, Statement};

/// The database's clock in milliseconds: leases of several processes need one clock.
pub fn database_now(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Sqlite => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
        _ => "(extract(epoch from clock_timestamp()) * 1000)::int8",
    }
}

/// A statement in the making: text of ours, values bound as `$1`, `$2`, … (both backends read these).
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// Begins with `text`.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// Adds text of ours; never a value.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a bound value.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        write!(self.text, "${}", self.values.len()).expect("a String takes any text");
        self
    }

    /// Adds a list of bound values in parentheses, `($1, $2)`; it must not be empty.
    pub fn list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        self.text.push('(');
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            self.bind(value);
        }
        self.text.push(')');
        self
    }

    /// Adds `(VALUES (…), (…)) AS n`, as a source of rows whose columns are `n.column1`, …; `casts`
    /// are the PostgreSQL types, one per column.
    pub fn rows(&mut self, rows: Vec<Vec<Value>>, casts: &[&str], backend: DbBackend) -> &mut Self {
        self.text.push_str("(VALUES ");
        for (index, row) in rows.into_iter().enumerate() {
            self.text.push_str(if index == 0 { "(" } else { ", (" });
            for (column, value) in row.into_iter().enumerate() {
                if column > 0 {
                    self.text.push_str(", ");
                }
                self.bind(value);
                if backend == DbBackend::Postgres {
                    self.text.push_str("::");
                    self.text.push_str(casts[column]);
                }
            }
            self.text.push(')');
        }
        self.text.push_str(") AS n");
        self
    }

    /// The finished statement.
    pub fn statement(self, backend: DbBackend) -> Statement {
        Statement::from_sql_and_values(backend, self.text, self.values)
    }
}
