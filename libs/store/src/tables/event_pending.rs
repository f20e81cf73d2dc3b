//! Committed events that have no position yet: the lease holder's queue.

use sea_orm::entity::prelude::*;

/// One event that waits for its position. Numbered in the order of the key.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_pending")]
pub struct Model {
    /// Its partition, 0–15.
    #[sea_orm(primary_key, auto_increment = false)]
    pub partition: i16,
    /// When it was recorded.
    #[sea_orm(primary_key, auto_increment = false)]
    pub recorded_at: i64,
    /// Its aggregate's version.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    /// The event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
