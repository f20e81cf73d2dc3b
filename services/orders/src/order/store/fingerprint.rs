//! What orders that may be the same have in common: keyed hashes of who and what.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One of an order's fingerprints.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_fingerprint")]
pub struct Model {
    /// The order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    /// The keyed hash.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    /// When the order was given.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("order_fingerprint")
            .col(uuid("order_id"))
            .col(blob("hash"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("order_id").col("hash")),
    );
    schema.index("order_fingerprint", &["hash", "created_at"]);
}
