//! What customers owe beyond its time.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// What is overdue in one region.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_arrears")]
pub struct Model {
    /// The credit record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub credit_id: Uuid,
    /// The region; empty: none told.
    #[sea_orm(primary_key, auto_increment = false)]
    pub region: String,
    /// Its place among them.
    pub place: i32,
    /// How much.
    pub minor_units: i64,
    /// In which currency.
    pub currency: String,
    /// Since when.
    pub due_since: i64,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("credit_arrears")
            .col(uuid("credit_id"))
            .col(text("region"))
            .col(integer("place"))
            .col(big_integer("minor_units"))
            .col(text("currency"))
            .col(big_integer("due_since"))
            .primary_key(Index::create().col("credit_id").col("region")),
    );
}
