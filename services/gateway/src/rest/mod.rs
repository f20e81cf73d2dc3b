//! The REST/JSON surface: `google.api.http` rules, compiled from descriptors at start, turn HTTP
//! requests into calls of any service and replies into JSON.
//!
//! - [`api`] compiles: [`rule`] → [`template`] + [`route`] → [`matcher`].
//! - [`serve`] answers a request: [`request`] makes the message from [`json`], [`query`], the path and
//!   [`headers`]; [`call`] carries bytes; [`reply`] shows them; [`failure`] shows errors.
//!
//! It knows no service by name and holds no rule of the business; who may call is decided behind it.

mod api;
mod body;
mod call;
mod failure;
mod fields;
mod headers;
mod json;
mod matcher;
mod measure;
mod query;
mod refusal;
mod reply;
mod request;
mod route;
mod rule;
mod scalar;
mod serve;
mod template;
mod violations;

#[cfg(test)]
pub(crate) mod tests;

pub use api::{Api, ApiError};
pub(crate) use failure::DETAIL_TYPES;
pub(crate) use fields::FieldPath;
pub(crate) use route::{Body, Route};
pub(crate) use scalar::{fits_text, wrapped};
pub use serve::{Limits, not_found, router};
pub(crate) use template::Segment;
