//! By what customers are found: keyed hashes of what they can be recognised by. A projection of customers' own
//! events; the hashes say nothing without the service's keys.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One token of one customer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_match")]
pub struct Model {
    /// The customer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: Uuid,
    /// What it is: the name of a reason.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reason: String,
    /// The keyed hash of its normal form, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// Whether the customer proved it.
    pub verified: bool,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("customer_match")
            .col(uuid("customer_id"))
            .col(text("reason"))
            .col(text("hash"))
            .col(boolean("verified"))
            .primary_key(Index::create().col("customer_id").col("reason").col("hash")),
    );
    schema.index("customer_match", &["reason", "hash", "customer_id"]);
}
