//! Phones, e-mail addresses, handles and numbers of customers.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One contact point.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_contact")]
pub struct Model {
    /// The contact point.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub customer_id: Uuid,
    /// Its place among the customer's.
    pub place: i32,
    /// Of what kind.
    pub kind: String,
    /// Its value in its normal form. Personal.
    pub value: String,
    /// What it is to the customer.
    pub label: String,
    /// Whether the customer proved it.
    pub verified: bool,
    /// How; empty where it did not, or was added so.
    pub proof: String,
    /// Whether it is the first of its kind to use.
    pub preferred: bool,
    /// When it was added.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("customer_contact")
            .col(uuid("id"))
            .col(uuid("customer_id"))
            .col(integer("place"))
            .col(text("kind"))
            .col(text("value"))
            .col(text("label"))
            .col(boolean("verified"))
            .col(text("proof"))
            .col(boolean("preferred"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("customer_contact", &["customer_id", "place"]);
}
