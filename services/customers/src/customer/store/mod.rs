//! The tables of customers: entities, and how aggregates are read from and written to them.

pub mod address;
pub mod aggregate;
pub mod anniversary;
pub mod claims;
pub mod consent;
pub mod contact;
pub mod customer;
pub mod duplicate;
pub mod listing;
pub mod matching;
pub mod resource;
pub mod tag;
pub mod tree;

use kefu_store::{Schema, custom_field};

/// Makes the tables of customers and their parts.
pub fn create(schema: &mut Schema) {
    customer::create(schema);
    contact::create(schema);
    address::create(schema);
    anniversary::create(schema);
    tag::create(schema);
    consent::create(schema);
    listing::create(schema);
    custom_field::create(schema);
}

/// Makes what customers are found by.
pub fn create_search(schema: &mut Schema) {
    matching::create(schema);
    duplicate::create(schema);
    for statement in resource::SEARCH.create(schema.backend()) {
        schema.sql(statement);
    }
}
