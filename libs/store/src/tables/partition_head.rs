//! How far each partition is numbered and published.

use sea_orm::entity::prelude::*;

/// The head of one partition.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "partition_head")]
pub struct Model {
    /// The partition, 0–15.
    #[sea_orm(primary_key, auto_increment = false)]
    pub partition: i16,
    /// The last position given; 0: none.
    pub position: i64,
    /// The chain value at that position.
    pub chain: Vec<u8>,
    /// The last position that the bus has acknowledged.
    pub published: i64,
    /// The fencing number of the holder that wrote last; lower ones are refused.
    pub fencing: i64,
}

impl ActiveModelBehavior for ActiveModel {}
