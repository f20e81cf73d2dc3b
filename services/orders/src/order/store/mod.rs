//! The tables of orders: entities, and how an order is read from and written to them.

pub mod aggregate;
pub mod check;
pub mod fingerprint;
pub mod goods;
pub mod order;
pub mod parts;
pub mod party;
pub mod payment;
pub mod resource;
pub mod shipment;

use kefu_store::{Schema, custom_field};

/// Makes the tables.
pub fn create(schema: &mut Schema) {
    order::create(schema);
    party::create(schema);
    goods::create(schema);
    check::create(schema);
    payment::create(schema);
    shipment::create(schema);
    fingerprint::create(schema);
    custom_field::create(schema);
}
