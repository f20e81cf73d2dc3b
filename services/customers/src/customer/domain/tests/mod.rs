//! Facts about customers, in tests.

mod contacts;
mod likeness;
mod merge;
mod records;
mod support;
mod walks;
