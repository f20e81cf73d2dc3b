//! What the rules of all concerns of claims share: words, ids, refusals, and the data that they go by. Pure.

pub mod context;
pub mod error;
pub mod ids;
pub mod policies;
pub mod rules;
pub mod types;
pub mod words;

#[cfg(test)]
pub(crate) mod tests;
