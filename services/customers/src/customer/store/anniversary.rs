//! Days of the year that matter to customers.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_anniversary")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: Uuid,
    /// What is remembered.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// The day. Personal.
    pub day: String,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("customer_anniversary")
            .col(uuid("customer_id"))
            .col(text("code"))
            .col(text("day"))
            .primary_key(Index::create().col("customer_id").col("code")),
    );
}
