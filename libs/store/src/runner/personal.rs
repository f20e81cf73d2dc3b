//! Personal values beside the log: what a change made of them, and their erasure.
//!
//! Which values are personal an aggregate says once, for all its verbs; the runner compares the state
//! before with the state after and keeps what differs under the event that names the field. A creation
//! keeps nothing: what it began with is the first `before`, or still there.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use kefu_kernel::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::ids_in;
use super::staged::StagedEvent;
use crate::tables::event_personal::{Column, Entity, Model};
use crate::{StoreError, WriteTx};

/// Personal values by field. An empty value is the same as none.
pub type Personal<'a> = BTreeMap<Cow<'a, str>, &'a str>;

/// What `events` made of the personal values, a row for each that differs. An error names a field that
/// changed and that no event tells of.
pub(super) fn changes(
    before: &Personal<'_>,
    after: &Personal<'_>,
    events: &[StagedEvent],
) -> Result<Vec<Model>, String> {
    let value =
        |of: &Personal<'_>, field: &str| of.get(field).copied().unwrap_or_default().to_owned();
    let fields: BTreeSet<&str> = before.keys().chain(after.keys()).map(AsRef::as_ref).collect();
    let mut rows = Vec::new();
    for field in fields {
        let (before, after) = (value(before, field), value(after, field));
        if before == after {
            continue;
        }
        let told = events.iter().rev().find(|told| tells(&told.event.changed, field));
        let Some(told) = told else { return Err(field.to_owned()) };
        rows.push(Model {
            event_id: told.event_id,
            field: field.to_owned(),
            aggregate_id: told.aggregate_id,
            recorded_at: told.recorded_at.as_millis(),
            before,
            after,
            erased: false,
        });
    }
    Ok(rows)
}

/// Whether one of the names of changed fields is `field` or what it is a part of.
fn tells(changed: &[String], field: &str) -> bool {
    let names = |name: &String| {
        field
            .strip_prefix(name.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    changed.iter().any(names)
}

/// Ids in one statement.
const CHUNK: usize = 1_024;

impl WriteTx {
    /// Overwrites what is kept of the personal values of these aggregates, and tells how many rows those
    /// were. The events stay as they are: their hashes cover none of it.
    pub async fn erase_personal_values(&self, aggregates: &[Uuid]) -> Result<u64, StoreError> {
        let mut erased = 0;
        for ids in aggregates.chunks(CHUNK) {
            let done = Entity::update_many()
                .col_expr(Column::Before, Expr::value(""))
                .col_expr(Column::After, Expr::value(""))
                .col_expr(Column::Erased, Expr::value(true))
                .filter(ids_in(Column::AggregateId, ids))
                .exec(self)
                .await?;
            erased += done.rows_affected;
        }
        Ok(erased)
    }

    /// Deletes the personal values of events that were recorded before `before`, as retention drops those.
    pub async fn drop_personal_values(&self, before: Timestamp) -> Result<u64, StoreError> {
        let old = Entity::delete_many().filter(Column::RecordedAt.lt(before.as_millis()));
        Ok(old.exec(self).await?.rows_affected)
    }
}
