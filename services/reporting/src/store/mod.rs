//! The tables of reporting.

pub mod daily_complaints;
pub mod live_board;
pub mod metric_cell;
pub mod rebuild;

use kefu_kernel::Timestamp;
use kefu_outbox::tables::checkpoint;
use kefu_store::{Migration, Reader, StoreError};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

/// What makes them.
pub const MIGRATIONS: &[Migration] = &[
    kefu_runtime::directory::MIGRATIONS[0],
    Migration { name: "reporting_001_live_board", up: live_board::create },
    Migration { name: "reporting_002_daily_complaints", up: daily_complaints::create },
    Migration { name: "reporting_003_rebuild", up: rebuild::create },
    Migration { name: "reporting_004_metric_cell", up: metric_cell::create },
];

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
