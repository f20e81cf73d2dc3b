//! Events of an aggregate that wait behind its dead letter.

use sea_orm::entity::prelude::*;

/// One event that waits.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "parked_event")]
pub struct Model {
    /// The consumer, with its generation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub consumer: String,
    /// The service that owns the event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source: String,
    /// Its partition there.
    #[sea_orm(primary_key, auto_increment = false)]
    pub partition: i16,
    /// Its position there.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// The aggregate.
    pub aggregate_id: Uuid,
    /// The event, as [`crate::wire`] writes it.
    pub event: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
