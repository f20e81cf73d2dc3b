//! Which generation of a projection's rows is live, and which is being built beside it.

use sea_orm::entity::prelude::*;

/// One projection's generations.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "projection_generation")]
pub struct Model {
    /// The projection.
    #[sea_orm(primary_key, auto_increment = false)]
    pub projection: String,
    /// The generation that is read.
    pub live: i32,
    /// The generation that is being built; 0: none.
    pub building: i32,
    /// When this row last changed, machine clock.
    pub changed_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
