//! How far a consumer has folded a source's partition; moves in the transaction of the effect.

use sea_orm::entity::prelude::*;

/// One consumer's place.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consumer_checkpoint")]
pub struct Model {
    /// The consumer: a projection's name and generation, `live_board@1`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub consumer: String,
    /// The service whose events it folds.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source: String,
    /// The partition.
    #[sea_orm(primary_key, auto_increment = false)]
    pub partition: i16,
    /// The last position folded, or set aside.
    pub position: i64,
    /// When, machine clock.
    pub folded_at: i64,
    /// The fencing number of the holder that folded it.
    pub fencing: i64,
}

impl ActiveModelBehavior for ActiveModel {}
