//! The gapless order of each partition, with the audit chain.

use sea_orm::entity::prelude::*;

/// The place of one event in its partition.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_position")]
pub struct Model {
    /// The partition, 0–15.
    #[sea_orm(primary_key, auto_increment = false)]
    pub partition: i16,
    /// Place in it, from 1, without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// The event; unique.
    pub event_id: Uuid,
    /// When it was recorded: names the PostgreSQL partition that holds it.
    pub recorded_at: i64,
    /// SHA-256 over the chain value before it and the event's own hash.
    pub chain: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
