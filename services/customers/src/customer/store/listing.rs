//! The lists that customers are on.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// That one customer is on one list.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_listing")]
pub struct Model {
    /// The customer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: Uuid,
    /// The list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub list: String,
    /// Why. Personal.
    pub reason: String,
    /// Until when.
    pub until: Option<i64>,
    /// Who put it there.
    pub listed_by: String,
    /// When.
    pub listed_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("customer_listing")
            .col(uuid("customer_id"))
            .col(text("list"))
            .col(text("reason"))
            .col(big_integer_null("until"))
            .col(text("listed_by"))
            .col(big_integer("listed_at"))
            .primary_key(Index::create().col("customer_id").col("list")),
    );
}
