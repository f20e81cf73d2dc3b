//! Redirects: the customer that stays for one that was merged, and all that were merged into one.

use std::collections::{HashMap, HashSet};

use kefu_store::runner::ids_in;
use kefu_store::{Reader, StoreError};
use sea_orm::{EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::customer::{Column, Entity, Model};

/// The rows of those that stay for these ids, by id asked for. One statement for each step of the longest
/// chain; redirects make no circles.
pub async fn roots(
    reader: &Reader,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Model>, StoreError> {
    let asked: Vec<Uuid> = ids.into_iter().collect();
    let mut known: HashMap<Uuid, Model> = HashMap::new();
    let mut next: Vec<Uuid> = asked.clone();
    while !next.is_empty() {
        let rows = Entity::find().filter(ids_in(Column::Id, &next)).all(reader).await?;
        let into: HashSet<Uuid> = rows.iter().filter_map(|row| row.merged_into_id).collect();
        known.extend(rows.into_iter().map(|row| (row.id, row)));
        next = into.into_iter().filter(|id| !known.contains_key(id)).collect();
    }
    let root = |id: Uuid| {
        let mut row = known.get(&id)?;
        while let Some(into) = row.merged_into_id {
            row = known.get(&into)?;
        }
        Some((id, row.clone()))
    };
    Ok(asked.into_iter().filter_map(root).collect())
}

/// All that redirect to a customer, over however many steps.
pub async fn merged_into(reader: &Reader, id: Uuid) -> Result<Vec<Uuid>, StoreError> {
    let (mut found, mut next) = (Vec::new(), vec![id]);
    while !next.is_empty() {
        let of_them = Entity::find().select_only().column(Column::Id);
        next = of_them.filter(ids_in(Column::MergedIntoId, &next)).into_tuple().all(reader).await?;
        found.extend(&next);
    }
    Ok(found)
}
