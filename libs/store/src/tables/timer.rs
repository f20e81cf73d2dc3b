//! Deadlines in time, by the record clock; fired within a second, safe to fire twice.

use sea_orm::entity::prelude::*;

/// One deadline of one aggregate.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "timer")]
pub struct Model {
    /// What fires, such as `first_reply_breach`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// The aggregate concerned.
    #[sea_orm(primary_key, auto_increment = false)]
    pub aggregate_id: Uuid,
    /// Tells several of a kind apart; often empty.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// When it is due, record clock.
    pub due_at: i64,
    /// Not to be claimed by another before this instant of the database's clock; 0: free.
    pub claimed_until: i64,
    /// How often it was claimed.
    pub attempts: i32,
}

impl ActiveModelBehavior for ActiveModel {}
