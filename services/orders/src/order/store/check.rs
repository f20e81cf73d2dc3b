//! The checks of orders with their customers.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// A check, as it was recorded last.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_check")]
pub struct Model {
    /// The order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    /// What was checked.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// What came of it.
    pub result: String,
    /// What was said. Personal.
    pub note: String,
    /// Who checked.
    pub checked_by: String,
    /// When.
    pub checked_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("order_check")
            .col(uuid("order_id"))
            .col(text("kind"))
            .col(text("result"))
            .col(text("note"))
            .col(text("checked_by"))
            .col(big_integer("checked_at"))
            .primary_key(Index::create().col("order_id").col("kind")),
    );
}
