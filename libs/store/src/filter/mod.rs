//! Filters: a subset of CEL over the fields that a resource declares, compiled once and then used as a
//! bound SQL condition, as a test of a row in memory, and to choose the index that serves a list.
//!
//! The subset: `==` `!=` `<` `<=` `>` `>=` between a field and a constant, `in` a list of constants,
//! `&&` `||` `!`, `has(field)`, `field.startsWith("…")`, a bool field by itself, `timestamp("…")` and
//! `duration("…")` with `+` and `-`, constants that the caller of [`Resource::compile`] names, and
//! `field.contains("…")` on fields answered by the search index. No comprehensions, no arithmetic on
//! fields.
//!
//! An unset field compares as its proto default; an unset timestamp matches nothing but `!has(field)`.
//! Negations are pushed down to the comparisons while compiling, so that SQL's NULL and plain
//! booleans cannot disagree.

mod compile;
mod constant;
mod error;
mod node;
mod resource;
mod shapes;
mod sql;
mod syntax;
mod typed;
mod value;

pub use compile::{MAX_LENGTH, MAX_NODES};
pub use error::FilterError;
pub use node::Filter;
pub use resource::{Field, Resource, Shape, Sort};
pub use value::{Row, Value};
