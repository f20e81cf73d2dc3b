//! Numbers that people read out: the next one not yet leased to a process.

use sea_orm::entity::prelude::*;

/// The counter of one kind of number.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "number_block")]
pub struct Model {
    /// What is numbered, such as `ticket`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// The first number that no process has leased.
    pub next: i64,
}

impl ActiveModelBehavior for ActiveModel {}
