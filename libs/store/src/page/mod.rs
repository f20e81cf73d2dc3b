//! Lists: pages by keyset, in an order that an index gives, behind sealed tokens.
//!
//! A list RPC hands what it was asked for to [`Pages::list`], applies the [`List`] to its select, and
//! hands the rows back for the [`Page`]. There is no offset and no count. A row that does not change
//! while a reader goes from page to page appears once.

mod error;
mod keyset;
mod list;
mod order;
mod size;
mod token;

pub use error::ListError;
pub use list::{List, ListRequest, Page, Pages};
pub use size::{DEFAULT_SIZE, MAX_SIZE, page_size};
pub use token::LIFETIME;
