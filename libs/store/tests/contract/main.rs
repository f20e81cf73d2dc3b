//! What a store promises, checked on every backend: each test runs on SQLite and on a private
//! PostgreSQL, and says so where one is not installed.

#![cfg(test)]

mod backends;
mod fixture;
mod migrating;
mod opening;
mod runner;
mod waking;
mod writing;
