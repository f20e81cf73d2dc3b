//! The gateway's directory as callers meet it: the whole service in this process, over SQLite and, where
//! there is one, PostgreSQL.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod access;
mod calendars;
mod first_start;
mod folded;
mod issuers;
mod keys;
mod organisation;
mod people;
mod world;
