//! Columns as PostgreSQL arrays, bound through sqlx with their NULLs (sea-query's own array values
//! cannot hold any).

use sea_orm::sea_query::Value;
use sqlx::Arguments;
use sqlx::postgres::PgArguments;

use super::table::{Kind, Row};
use crate::StoreError;

/// Turns rows into one array per column, in the order of `kinds`.
pub(crate) fn columns(
    rows: Vec<Row>,
    kinds: &[Kind],
    table: &'static str,
) -> Result<PgArguments, StoreError> {
    let height = rows.len();
    let mut columns: Vec<Vec<Value>> = kinds.iter().map(|_| Vec::with_capacity(height)).collect();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    let mut arguments = PgArguments::default();
    for (values, kind) in columns.into_iter().zip(kinds) {
        add(&mut arguments, values, *kind)
            .map_err(|what| StoreError::Defect(format!("{table}: {what}")))?;
    }
    Ok(arguments)
}

fn add(arguments: &mut PgArguments, values: Vec<Value>, kind: Kind) -> Result<(), String> {
    let added = match kind {
        Kind::Bool => arguments.add(typed(values, |value| match value {
            Value::Bool(inner) => Ok(inner),
            other => Err(other),
        })?),
        Kind::Small => arguments.add(typed(values, |value| match value {
            Value::SmallInt(inner) => Ok(inner),
            other => Err(other),
        })?),
        Kind::Int => arguments.add(typed(values, |value| match value {
            Value::Int(inner) => Ok(inner),
            other => Err(other),
        })?),
        Kind::Long => arguments.add(typed(values, |value| match value {
            Value::BigInt(inner) => Ok(inner),
            other => Err(other),
        })?),
        Kind::Double => arguments.add(typed(values, |value| match value {
            Value::Double(inner) => Ok(inner),
            other => Err(other),
        })?),
        Kind::Text => arguments.add(typed(values, |value| match value {
            Value::String(inner) => Ok(inner),
            other => Err(other),
        })?),
        Kind::Bytes => arguments.add(typed(values, |value| match value {
            Value::Bytes(inner) => Ok(inner),
            other => Err(other),
        })?),
        Kind::Uuid => arguments.add(typed(values, |value| match value {
            Value::Uuid(inner) => Ok(inner),
            other => Err(other),
        })?),
    };
    added.map_err(|reason| reason.to_string())
}

fn typed<T>(
    values: Vec<Value>,
    of: impl Fn(Value) -> Result<Option<T>, Value>,
) -> Result<Vec<Option<T>>, String> {
    let mut column = Vec::with_capacity(values.len());
    for value in values {
        column.push(of(value).map_err(|other| format!("a column was given {other:?}"))?);
    }
    Ok(column)
}
