//! The tables of tickets: entities, and how aggregates are read from and written to them.

pub mod call;
pub mod clock;
pub mod episode;
pub mod field;
pub mod link;
pub mod message;
pub mod resource;
pub mod ticket;
pub mod ticket_aggregate;
pub mod view_count;

use kefu_kernel::Timestamp;
use kefu_store::{Migration, Schema, StoreError};

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
    clock::create(schema);
    link::create(schema);
    field::create(schema);
    message::create(schema);
    call::create(schema);
}

fn create_search(schema: &mut Schema) {
    for statement in resource::SEARCH.create(schema.backend()) {
        schema.sql(statement);
    }
}

/// A row says what no rule of ours has written: an altered database, or a defect.
fn broken(what: impl std::fmt::Display) -> StoreError {
    StoreError::Defect(format!("a stored {what} is not one that this version knows"))
}

fn millis(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_millis)
}

fn instant(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}
