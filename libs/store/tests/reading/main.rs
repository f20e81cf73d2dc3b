//! Reading and secrets, on every backend: filters, pages, search, sealed values.

#![cfg(test)]

mod backends;
mod filter;
mod filter_agrees;
mod page;
mod plans;
mod seal;
mod search;
mod search_agrees;
mod stored;
mod thing;
mod typed_rows;
