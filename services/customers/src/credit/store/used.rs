//! What each order takes of its customer's credit: a projection of orders' events. Its sum is what is used.

use std::collections::HashMap;

use kefu_store::migrate::columns::*;
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::entity::prelude::*;

/// What one order takes.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_use")]
pub struct Model {
    /// The projection's generation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: i32,
    /// The order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    /// Whose it is.
    pub customer_id: Uuid,
    /// How much it takes now.
    pub minor_units: i64,
    /// In which currency.
    pub currency: String,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("credit_use")
            .col(integer("generation"))
            .col(uuid("order_id"))
            .col(uuid("customer_id"))
            .col(big_integer("minor_units"))
            .col(text("currency"))
            .primary_key(Index::create().col("generation").col("order_id")),
    );
    schema.index("credit_use", &["customer_id", "generation"]);
}

/// What these customers use together, by currency, without the order `except`.
pub async fn of(
    reader: &Reader,
    generation: i32,
    customers: &[Uuid],
    except: Option<Uuid>,
) -> Result<HashMap<String, i64>, StoreError> {
    let rows = Entity::find()
        .filter(Column::Generation.eq(generation))
        .filter(ids_in(Column::CustomerId, customers));
    let mut used: HashMap<String, i64> = HashMap::new();
    for row in rows.all(reader).await?.into_iter().filter(|row| Some(row.order_id) != except) {
        let sum = used.entry(row.currency).or_default();
        *sum = sum.saturating_add(row.minor_units);
    }
    Ok(used)
}
