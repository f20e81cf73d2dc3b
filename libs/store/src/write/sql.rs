//! The SQL of the generic statements: one statement per table, whatever the number of rows.
//!
//! PostgreSQL takes many rows as one array per column (`UNNEST`), so one text serves every number of
//! rows. SQLite has no arrays and takes them as `VALUES` lists, in powers of two: few texts, all of
//! them kept prepared. One row takes the plain form on both, which PostgreSQL runs in half the time.

use std::fmt::Write;

use super::table::{Table, VERSION};

/// What is done with the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Verb {
    /// Insert; a row with the same key is an error.
    Insert,
    /// Insert what is not there; the count tells how many were not.
    InsertNew,
    /// Insert or replace by key.
    Put,
    /// Insert, or add the other columns to those of the row with the same key.
    Add,
    /// Update by key where the version is the one given; the count tells how many were.
    Update,
    /// Delete by key.
    Delete,
}

/// A statement's form: what it does, on which backend and with how many rows (0: arrays of any length).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    pub verb: Verb,
    pub sqlite: bool,
    pub rows: usize,
}

/// The statement's text.
pub(crate) fn text(table: &Table, shape: Shape) -> String {
    match shape.verb {
        Verb::Insert | Verb::InsertNew | Verb::Put | Verb::Add => insert(table, shape),
        Verb::Update => update(table, shape),
        Verb::Delete => delete(table, shape),
    }
}

fn insert(table: &Table, shape: Shape) -> String {
    let columns = list(table.columns.iter().map(|column| quoted(column.name)));
    let rows = if shape.rows == 0 {
        format!("SELECT * FROM {}", unnest(table.columns.iter().map(|column| column.kind.array())))
    } else {
        values(shape, table.columns.len())
    };
    let mut sql = format!("INSERT INTO {} ({columns}) {rows}", quoted(table.name));
    match shape.verb {
        Verb::InsertNew => sql.push_str(" ON CONFLICT DO NOTHING"),
        Verb::Put => sql.push_str(&on_conflict(table, |name| format!("excluded.{name}"))),
        Verb::Add => {
            let present = quoted(table.name);
            sql.push_str(&on_conflict(table, |name| format!("{present}.{name} + excluded.{name}")));
        }
        _ => {}
    }
    sql
}

fn on_conflict(table: &Table, becomes: impl Fn(&str) -> String) -> String {
    let key = list(table.key().map(|column| quoted(column.name)));
    let set = list(table.columns.iter().filter(|column| !column.key).map(|column| {
        let name = quoted(column.name);
        format!("{name} = {}", becomes(&name))
    }));
    if set.is_empty() {
        format!(" ON CONFLICT ({key}) DO NOTHING")
    } else {
        format!(" ON CONFLICT ({key}) DO UPDATE SET {set}")
    }
}

/// The rows carry every column and then the version that must be there.
fn update(table: &Table, shape: Shape) -> String {
    let width = table.columns.len() + 1;
    let name = quoted(table.name);
    let source = |index: usize| match (shape.rows, shape.sqlite) {
        (1, _) => parameter(shape, index),
        (_, true) => format!("n.column{}", index + 1),
        _ => format!("n.c{index}"),
    };
    let of = |key: bool| table.columns.iter().enumerate().filter(move |(_, c)| c.key == key);
    let set = list(of(false).map(|(i, c)| format!("{} = {}", quoted(c.name), source(i))));
    let mut guard: Vec<String> =
        of(true).map(|(i, c)| format!("{name}.{} = {}", quoted(c.name), source(i))).collect();
    guard.push(format!("{name}.{} = {}", quoted(VERSION), source(width - 1)));
    let guard = guard.join(" AND ");
    let from = match (shape.rows, shape.sqlite) {
        (1, _) => String::new(),
        (_, true) => format!(" FROM ({}) AS n", values(shape, width)),
        _ => {
            let kinds = table.columns.iter().map(|column| column.kind.array());
            let names = list((0..width).map(|index| format!("c{index}")));
            format!(" FROM {} AS n({names})", unnest(kinds.chain(["int8[]"])))
        }
    };
    format!("UPDATE {name} SET {set}{from} WHERE {guard}")
}

fn delete(table: &Table, shape: Shape) -> String {
    let name = quoted(table.name);
    let key: Vec<_> = table.key().collect();
    if shape.rows == 0 {
        let names = list((0..key.len()).map(|index| format!("c{index}")));
        let matching = key
            .iter()
            .enumerate()
            .map(|(index, column)| format!("{name}.{} = n.c{index}", quoted(column.name)))
            .collect::<Vec<_>>()
            .join(" AND ");
        let arrays = unnest(key.iter().map(|column| column.kind.array()));
        return format!("DELETE FROM {name} USING {arrays} AS n({names}) WHERE {matching}");
    }
    // Selected from the list, not the list itself: SQLite would scan the table for each key's sake.
    let columns = list(key.iter().map(|column| quoted(column.name)));
    let found = list((1..=key.len()).map(|column| format!("column{column}")));
    let rows = values(shape, key.len());
    format!("DELETE FROM {name} WHERE ({columns}) IN (SELECT {found} FROM ({rows}) AS n)")
}

/// `VALUES ($1, $2), ($3, $4)`; its parameters are the statement's first.
fn values(shape: Shape, width: usize) -> String {
    let mut text = String::from("VALUES ");
    for row in 0..shape.rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        text.push_str(&list((0..width).map(|column| match shape.sqlite {
            // Without a number: SQLite searches the numbered ones one by one when they are bound.
            true => "?".to_owned(),
            false => parameter(shape, row * width + column),
        })));
        text.push(')');
    }
    text
}

/// `UNNEST($1::uuid[], $2::text[])`.
fn unnest(arrays: impl Iterator<Item = &'static str>) -> String {
    let mut text = String::from("UNNEST(");
    for (index, array) in arrays.enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(text, "{comma}${}::{array}", index + 1).expect("a String takes any text");
    }
    text.push(')');
    text
}

fn parameter(shape: Shape, index: usize) -> String {
    let sign = if shape.sqlite { '?' } else { '$' };
    format!("{sign}{}", index + 1)
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;
    use sqlx::{AssertSqlSafe, Row, SqlitePool};

    use super::*;
    use crate::migrate::statements_of_base;
    use crate::tables::{natural_key, timer};

    /// Every statement finds its rows by key, whatever the number of rows.
    #[tokio::test]
    async fn no_statement_scans_its_table_on_sqlite() {
        let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
        for statement in statements_of_base(DbBackend::Sqlite) {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&pool).await.unwrap();
        }
        let (keys, timers) =
            (Table::of::<natural_key::Entity>().unwrap(), Table::of::<timer::Entity>().unwrap());
        for rows in [1, 2, 256] {
            for (table, verb) in
                [(&keys, Verb::Delete), (&timers, Verb::Delete), (&timers, Verb::Put)]
            {
                let sql = table.sql(Shape { verb, sqlite: true, rows });
                let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
                for step in plan.fetch_all(&pool).await.unwrap() {
                    let step: String = step.get("detail");
                    assert!(!step.contains(&format!("SCAN {}", table.name)), "{step}: {sql}");
                }
            }
        }
    }

    #[test]
    fn the_forms_are_as_told() {
        let table = Table::of::<natural_key::Entity>().unwrap();
        let form = |verb, sqlite, rows| table.sql(Shape { verb, sqlite, rows }).to_string();
        assert_eq!(
            form(Verb::Put, false, 0),
            "INSERT INTO \"natural_key\" (\"kind\", \"key\", \"aggregate_id\") \
             SELECT * FROM UNNEST($1::text[], $2::text[], $3::uuid[]) \
             ON CONFLICT (\"kind\", \"key\") DO UPDATE SET \"aggregate_id\" = excluded.\"aggregate_id\""
        );
        assert!(form(Verb::Add, true, 1).ends_with(
            "ON CONFLICT (\"kind\", \"key\") DO UPDATE SET \
             \"aggregate_id\" = \"natural_key\".\"aggregate_id\" + excluded.\"aggregate_id\""
        ));
        assert_eq!(
            form(Verb::InsertNew, true, 2),
            "INSERT INTO \"natural_key\" (\"kind\", \"key\", \"aggregate_id\") \
             VALUES (?, ?, ?), (?, ?, ?) ON CONFLICT DO NOTHING"
        );
        assert_eq!(
            form(Verb::Delete, false, 0),
            "DELETE FROM \"natural_key\" USING UNNEST($1::text[], $2::text[]) AS n(c0, c1) \
             WHERE \"natural_key\".\"kind\" = n.c0 AND \"natural_key\".\"key\" = n.c1"
        );
    }
}
