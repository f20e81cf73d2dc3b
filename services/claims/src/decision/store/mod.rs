//! The tables of decisions, and of limits of authority and their delegation.

pub mod authority_limit;
pub mod decision;
pub mod delegation;
pub mod signature;
