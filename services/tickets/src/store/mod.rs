//! The tables of tickets: entities, and how aggregates are read from and written to them.

pub mod call;
pub mod episode;
pub mod link;
pub mod message;
pub mod resource;
pub mod ticket;
pub mod ticket_aggregate;
pub mod view_count;

use kefu_store::{Migration, Schema, custom_field, deadline};

/// What makes them.
pub const MIGRATIONS: &[Migration] = &[
    kefu_runtime::directory::MIGRATIONS[0],
    Migration { name: "tickets_001_ticket", up: create_ticket },
    Migration { name: "tickets_002_search", up: create_search },
    Migration { name: "tickets_003_view_count", up: view_count::create },
];

fn create_ticket(schema: &mut Schema) {
    ticket::create(schema);
    episode::create(schema);
    deadline::create(schema);
    link::create(schema);
    custom_field::create(schema);
    message::create(schema);
    call::create(schema);
}

fn create_search(schema: &mut Schema) {
    for statement in resource::SEARCH.create(schema.backend()) {
        schema.sql(statement);
    }
}
