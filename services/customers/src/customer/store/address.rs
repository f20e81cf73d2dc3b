//! Postal addresses of customers.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One address. Personal but for its label and country.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_address")]
pub struct Model {
    /// The address.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub customer_id: Uuid,
    /// Its place among the customer's.
    pub place: i32,
    /// What it is for.
    pub label: String,
    /// Whose name stands on the letter. Personal.
    pub recipient: String,
    /// Street, house and floor. Personal.
    pub street: String,
    /// City or town. Personal.
    pub city: String,
    /// Province, state or district. Personal.
    pub region: String,
    /// Postal code. Personal.
    pub postal_code: String,
    /// Country.
    pub country: String,
    /// Phone at the address. Personal.
    pub phone: String,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("customer_address")
            .col(uuid("id"))
            .col(uuid("customer_id"))
            .col(integer("place"))
            .col(text("label"))
            .col(text("recipient"))
            .col(text("street"))
            .col(text("city"))
            .col(text("region"))
            .col(text("postal_code"))
            .col(text("country"))
            .col(text("phone"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("customer_address", &["customer_id", "place"]);
}
