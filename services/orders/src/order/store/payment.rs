//! What was paid for orders.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// Money that was paid for an order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_payment")]
pub struct Model {
    /// The payment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The order.
    pub order_id: Uuid,
    /// Its place among the order's, from 0.
    pub place: i32,
    /// What it is.
    pub kind: String,
    /// By what means.
    pub method: String,
    /// How much.
    pub amount_minor: i64,
    /// The currency of that.
    pub amount_currency: String,
    /// When it was paid.
    pub paid_at: i64,
    /// From where it is known.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// What stands on the slip. Personal.
    pub reference: String,
    /// Who recorded it.
    pub recorded_by: String,
    /// When it was taken back.
    pub reversed_at: Option<i64>,
    /// The code of why.
    pub reversal_reason: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("order_payment")
            .col(uuid("id"))
            .col(uuid("order_id"))
            .col(integer("place"))
            .col(text("kind"))
            .col(text("method"))
            .col(big_integer("amount_minor"))
            .col(text("amount_currency"))
            .col(big_integer("paid_at"))
            .col(text("source"))
            .col(text_null("external_id"))
            .col(text("reference"))
            .col(text("recorded_by"))
            .col(big_integer_null("reversed_at"))
            .col(text("reversal_reason"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("order_payment", &["order_id", "place"]);
}
