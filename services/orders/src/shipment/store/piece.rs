//! The pieces of shipments.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One package.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipment_piece")]
pub struct Model {
    /// The piece.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The shipment.
    pub shipment_id: Uuid,
    /// Its place in the shipment, from 1.
    pub number: i32,
    /// What stands on its label.
    pub label: String,
    /// The order's lines in it, parted by commas.
    pub goods_lines: String,
    /// How heavy it is.
    pub weight_grams: i64,
    /// Its length.
    pub length_mm: i32,
    /// Its width.
    pub width_mm: i32,
    /// Its height.
    pub height_mm: i32,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("shipment_piece")
            .col(uuid("id"))
            .col(uuid("shipment_id"))
            .col(integer("number"))
            .col(text("label"))
            .col(text("goods_lines"))
            .col(big_integer("weight_grams"))
            .col(integer("length_mm"))
            .col(integer("width_mm"))
            .col(integer("height_mm"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("shipment_piece", &["shipment_id", "number"]);
}
