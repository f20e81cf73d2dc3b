//! What holds of claims: tables of refusals, properties of money and authority, and walks over random verbs.

mod authority;
mod life;
mod money;
pub(crate) mod support;
pub(crate) mod walks;
