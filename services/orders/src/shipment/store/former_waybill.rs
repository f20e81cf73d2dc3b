//! Numbers that shipments went by.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// A number that a shipment went by.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipment_former_waybill")]
pub struct Model {
    /// The shipment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shipment_id: Uuid,
    /// Counts them, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i32,
    /// The carrier's code.
    pub carrier: String,
    /// The number.
    pub waybill: String,
    /// Until when.
    pub until: i64,
    /// The code of why it goes by another.
    pub reason: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("shipment_former_waybill")
            .col(uuid("shipment_id"))
            .col(integer("place"))
            .col(text("carrier"))
            .col(text("waybill"))
            .col(big_integer("until"))
            .col(text("reason"))
            .primary_key(Index::create().col("shipment_id").col("place")),
    );
    schema.index("shipment_former_waybill", &["waybill", "carrier"]);
}
