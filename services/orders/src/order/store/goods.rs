//! The goods of orders.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One kind of goods in an order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_goods")]
pub struct Model {
    /// The order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    /// Its number, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line: i32,
    /// What they are. Personal.
    pub description: String,
    /// The code of their kind.
    pub commodity: String,
    /// The customer's own number of the article.
    pub sku: String,
    /// How many pieces.
    pub pieces: i32,
    /// How many units; 0: not counted.
    pub units: i64,
    /// How they are packed.
    pub packaging: String,
    /// How heavy all of them are.
    pub weight_grams: i64,
    /// Length of one piece.
    pub length_mm: i32,
    /// Width of one piece.
    pub width_mm: i32,
    /// Height of one piece.
    pub height_mm: i32,
    /// What they are worth.
    pub declared_minor: Option<i64>,
    /// The currency of that.
    pub declared_currency: Option<String>,
    /// Codes of what has to be minded, parted by commas.
    pub handling: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("order_goods")
            .col(uuid("order_id"))
            .col(integer("line"))
            .col(text("description"))
            .col(text("commodity"))
            .col(text("sku"))
            .col(integer("pieces"))
            .col(big_integer("units"))
            .col(text("packaging"))
            .col(big_integer("weight_grams"))
            .col(integer("length_mm"))
            .col(integer("width_mm"))
            .col(integer("height_mm"))
            .col(big_integer_null("declared_minor"))
            .col(text_null("declared_currency"))
            .col(text("handling"))
            .primary_key(Index::create().col("order_id").col("line")),
    );
}
