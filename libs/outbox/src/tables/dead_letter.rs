//! Events that a consumer could not fold, kept whole until they are replayed or discarded.

use sea_orm::entity::prelude::*;

/// One event set aside.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dead_letter")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The consumer, with its generation.
    pub consumer: String,
    /// The service that owns the event.
    pub source: String,
    /// Its partition there.
    pub partition: i16,
    /// Its position there.
    pub position: i64,
    /// The aggregate; its later events are parked.
    pub aggregate_id: Uuid,
    /// The event, as [`crate::wire`] writes it.
    pub event: Vec<u8>,
    /// How often it was tried.
    pub attempts: i32,
    /// What went wrong the last time; no personal data.
    pub error: String,
    /// When it was set aside, machine clock.
    pub failed_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
