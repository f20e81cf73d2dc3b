//! The tables that every service's database has, as sea-orm entities.
//!
//! Conventions of all of them: ids are UUIDs, instants are milliseconds (`…_at`), bytes are bytes, no
//! column is written by the database itself. [`crate::migrate`] creates them.

pub mod audit_head;
pub mod dropped_head;
pub mod event;
pub mod event_pending;
pub mod event_personal;
pub mod event_position;
pub mod idempotency;
pub mod lease;
pub mod natural_key;
pub mod number_block;
pub mod outgoing;
pub mod partition_head;
pub mod timer;
