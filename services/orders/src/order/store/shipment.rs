//! What orders know of their shipments.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// Where a shipment of an order is.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_shipment")]
pub struct Model {
    /// The order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    /// The shipment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shipment_id: Uuid,
    /// The status' number in `kefu.events.v1.ShipmentStatus`.
    pub status: i32,
    /// When the carrier took it.
    pub picked_up_at: Option<i64>,
    /// When its journey was over.
    pub ended_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("order_shipment")
            .col(uuid("order_id"))
            .col(uuid("shipment_id"))
            .col(integer("status"))
            .col(big_integer_null("picked_up_at"))
            .col(big_integer_null("ended_at"))
            .primary_key(Index::create().col("order_id").col("shipment_id")),
    );
}
