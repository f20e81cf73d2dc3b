//! The transcoder over a service made for it: every sort of binding, every sort of mistake.

mod bindings;
mod errors;
pub(crate) mod fixture;
mod fuzz;
mod kefu;
mod stack;
mod streams;
