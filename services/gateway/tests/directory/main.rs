//! The gateway's directory as callers meet it: the whole service in this process, over SQLite and, where
//! there is one, PostgreSQL.

mod access;
mod calendars;
mod first_start;
mod folded;
mod issuers;
mod keys;
mod organisation;
mod people;
mod world;
