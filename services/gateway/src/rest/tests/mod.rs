//! The transcoder over a service made for it: every sort of binding, every sort of mistake.

mod bindings;
mod errors;
mod fixture;
mod fuzz;
mod streams;
