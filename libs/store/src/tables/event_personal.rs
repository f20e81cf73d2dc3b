//! Before and after of personal values, beside the log: an event names the field, this table holds what
//! it was and what it became, where an erase reaches it without touching the event and its hash.

use sea_orm::entity::prelude::*;

/// One personal field that one event changed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_personal")]
pub struct Model {
    /// The event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: Uuid,
    /// The field, as the event names it or below that: `subject`, `requester.phone`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub field: String,
    /// The aggregate: an erase finds the rows by it.
    pub aggregate_id: Uuid,
    /// When the event was recorded: retention drops both together.
    pub recorded_at: i64,
    /// Its value before; empty: none, or erased. Personal.
    pub before: String,
    /// Its value after; empty: none, or erased. Personal.
    pub after: String,
    /// Whether the values were erased.
    pub erased: bool,
}

impl ActiveModelBehavior for ActiveModel {}
