//! Full-text search inside a service's own database: an inverted index fed with our own terms, so that
//! both backends find the same.
//!
//! Texts become terms: words without case and accents, their English and
//! Spanish stems, pairs of characters for scripts that set no spaces, and exact forms of numbers, codes
//! and phones. PostgreSQL keeps them in a `tsvector` under GIN, SQLite in FTS5. Each term is kept per
//! segment of time; [`Index::find`] walks the segments newest first and stops at a full page or at
//! [`CANDIDATES`], so that no word, however common, is slow. There is no ranking: newest first.

mod analyse;
mod find;
mod index;
mod query;
mod segment;
mod tables;
mod text;

pub use analyse::Language;
pub use find::{CANDIDATES, Find, Hits, Position};
pub use index::{Addition, Document, Index};
pub use query::{Query, QueryError};
