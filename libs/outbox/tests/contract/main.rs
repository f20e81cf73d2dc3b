//! The event path's contract, on both shapes: SQLite with the embedded log, PostgreSQL with JetStream.

mod audit;
mod consuming;
mod following;
mod letters;
mod numbering;
mod projection;
mod rebuilding;
mod retention;
mod rig;
mod waiting;
mod watching;
