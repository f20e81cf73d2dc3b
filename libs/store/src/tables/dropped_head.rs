//! Where each partition's log begins: what retention has dropped ends here, and the chain goes on from
//! here.

use sea_orm::entity::prelude::*;

/// The last event of one partition that was dropped. Its chain value is signed in
/// [`super::audit_head`].
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dropped_head")]
pub struct Model {
    /// The partition, 0–15.
    #[sea_orm(primary_key, auto_increment = false)]
    pub partition: i16,
    /// Its position.
    pub position: i64,
    /// The chain value at that position.
    pub chain: Vec<u8>,
    /// Every event that was recorded before this is dropped: months that end by then can go.
    pub recorded_before: i64,
    /// When it was dropped, machine clock.
    pub dropped_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
