//! The tables of reporting.

pub mod daily_complaints;
pub mod live_board;
pub mod rebuild;

use kefu_kernel::{Scope, Timestamp};
use kefu_outbox::tables::checkpoint;
use kefu_store::{Migration, Reader, StoreError};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

/// What makes them.
pub const MIGRATIONS: &[Migration] = &[
    kefu_runtime::directory::MIGRATIONS[0],
    Migration { name: "reporting_001_live_board", up: live_board::create },
    Migration { name: "reporting_002_daily_complaints", up: daily_complaints::create },
    Migration { name: "reporting_003_rebuild", up: rebuild::create },
];

/// The rows within a caller's sight: those of its branches and those of none.
pub fn in_sight(scope: &Scope, branch: impl ColumnTrait) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        Scope::Branches(own) if own.is_empty() => Condition::all().add(branch.is_in([Uuid::max()])),
        Scope::Branches(own) => {
            Condition::all().add(branch.is_in(own.iter().copied().chain([Uuid::nil()])))
        }
    }
}

/// When a consumer (a projection's generation) folded its last event, and how many it has folded.
pub async fn folded(
    reader: &Reader,
    projection: &str,
    generation: i32,
) -> Result<(Option<Timestamp>, i64), StoreError> {
    let places: Vec<(i64, i64)> = checkpoint::Entity::find()
        .select_only()
        .column(checkpoint::Column::Position)
        .column(checkpoint::Column::FoldedAt)
        .filter(checkpoint::Column::Consumer.eq(format!("{projection}@{generation}")))
        .into_tuple()
        .all(reader)
        .await?;
    let last = places.iter().map(|(_, at)| *at).max().filter(|at| *at > 0);
    let count = places.iter().map(|(position, _)| position).sum();
    Ok((last.map(Timestamp::from_millis), count))
}
