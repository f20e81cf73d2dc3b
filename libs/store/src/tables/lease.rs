//! Who holds what, by the database's clock, with a fencing number.

use sea_orm::entity::prelude::*;

/// One lease.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lease")]
pub struct Model {
    /// What is held, such as `relay/07`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The holder: a process and a random part.
    pub holder: String,
    /// Rises with every new holder; guarded updates check it.
    pub fencing: i64,
    /// Until when, database clock.
    pub expires_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
