//! Finding many rows by key with one statement whose text does not depend on how many there are.

use sea_orm::sea_query::{ArrayType, Expr, ExprTrait, Value};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, IdenStatic, Statement,
};
use uuid::Uuid;

use crate::{Reader, StoreError};

/// `column IN (ids)`, for loading aggregates and parts: the list is filled up to a power of two with
/// its last id, so that few statements have to be prepared. Without ids it matches nothing.
pub fn ids_in<C: ColumnTrait>(column: C, ids: &[Uuid]) -> Expr {
    let mut padded = ids.to_vec();
    if let Some(last) = ids.last() {
        padded.resize(ids.len().next_power_of_two(), *last);
    }
    column.into_expr().is_in(padded)
}

/// The rows whose text columns have one of the given values.
pub(crate) async fn by_texts<E: EntityTrait>(
    reader: &Reader,
    columns: &[E::Column],
    keys: Vec<Vec<String>>,
) -> Result<Vec<E::Model>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let table = E::default();
    let table = table.table_name();
    let names: Vec<&str> = columns.iter().map(IdenStatic::as_str).collect();
    let statement = match reader.get_database_backend() {
        DbBackend::Sqlite => from_values(table, &names, keys),
        // PostgreSQL would plan the array form anew each time, hoping for a better plan for one key.
        _ if keys.len() == 1 => from_one(table, &names, keys),
        _ => from_arrays(table, &names, keys),
    };
    let rows = reader.query_all_raw(statement).await?;
    Ok(rows.iter().map(|row| E::Model::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

fn from_one(table: &str, names: &[&str], keys: Vec<Vec<String>>) -> Statement {
    let equal = |(index, name)| format!("{name} = ${}", index + 1);
    let found = names.iter().enumerate().map(equal).collect::<Vec<_>>().join(" AND ");
    let sql = format!("SELECT * FROM {table} WHERE {found}");
    let values = keys.into_iter().flatten().map(Value::from);
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

fn from_arrays(table: &str, names: &[&str], keys: Vec<Vec<String>>) -> Statement {
    let mut columns: Vec<Vec<Value>> = names.iter().map(|_| Vec::new()).collect();
    for key in keys {
        for (column, part) in columns.iter_mut().zip(key) {
            column.push(part.into());
        }
    }
    let arrays: Vec<String> = (1..=names.len()).map(|n| format!("${n}::text[]")).collect();
    let sql = format!(
        "SELECT t.* FROM UNNEST({}) AS n({}) JOIN {table} t ON {}",
        arrays.join(", "),
        aliases(names),
        matching(names)
    );
    let values =
        columns.into_iter().map(|column| Value::Array(ArrayType::String, Some(Box::new(column))));
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

fn from_values(table: &str, names: &[&str], mut keys: Vec<Vec<String>>) -> Statement {
    let padding = keys.last().cloned().unwrap_or_default();
    keys.resize(keys.len().next_power_of_two(), padding);
    let row = format!("({})", vec!["?"; names.len()].join(", "));
    // A cross join keeps SQLite from scanning the table: the keys are always the outer loop.
    let sql = format!(
        "WITH n({}) AS (VALUES {}) SELECT DISTINCT t.* FROM n CROSS JOIN {table} t ON {}",
        aliases(names),
        vec![row; keys.len()].join(", "),
        matching(names)
    );
    let values: Vec<Value> = keys.into_iter().flatten().map(Value::from).collect();
    Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
}

fn aliases(names: &[&str]) -> String {
    let aliases: Vec<String> = (0..names.len()).map(|index| format!("c{index}")).collect();
    aliases.join(", ")
}

fn matching(names: &[&str]) -> String {
    let equal = |(index, name)| format!("t.{name} = n.c{index}");
    names.iter().enumerate().map(equal).collect::<Vec<_>>().join(" AND ")
}
