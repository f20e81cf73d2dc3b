//! The parties of orders.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// Somebody who has to do with an order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_party")]
pub struct Model {
    /// The order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    /// What they are to it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: String,
    /// Their place in the order's list.
    pub place: i32,
    /// Their name. Personal.
    pub name: String,
    /// Their company. Personal.
    pub company: String,
    /// Their phone in E.164. Personal.
    pub phone: String,
    /// A second phone. Personal.
    pub other_phone: String,
    /// Their e-mail address. Personal.
    pub email: String,
    /// The customer they are known as.
    pub customer_id: Option<Uuid>,
    /// ISO 3166-1 letters; empty: no address was told.
    pub country: String,
    /// State, province or region. Personal.
    pub region: String,
    /// City or town. Personal.
    pub city: String,
    /// District or suburb. Personal.
    pub district: String,
    /// Street, house, floor and door, parted by line feeds. Personal.
    pub lines: String,
    /// Postal code. Personal.
    pub postal_code: String,
    /// The outlet that serves it.
    pub outlet_code: String,
    /// Latitude. Personal.
    pub latitude_e7: Option<i32>,
    /// Longitude. Personal.
    pub longitude_e7: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("order_party")
            .col(uuid("order_id"))
            .col(text("role"))
            .col(integer("place"))
            .col(text("name"))
            .col(text("company"))
            .col(text("phone"))
            .col(text("other_phone"))
            .col(text("email"))
            .col(uuid_null("customer_id"))
            .col(text("country"))
            .col(text("region"))
            .col(text("city"))
            .col(text("district"))
            .col(text("lines"))
            .col(text("postal_code"))
            .col(text("outlet_code"))
            .col(integer_null("latitude_e7"))
            .col(integer_null("longitude_e7"))
            .primary_key(Index::create().col("order_id").col("role")),
    );
    schema.index("order_party", &["phone", "order_id"]);
}
