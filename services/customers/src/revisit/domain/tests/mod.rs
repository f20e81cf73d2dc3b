//! Facts about revisits, in tests.

mod finish;
mod make;
mod occasions;
mod policy;
mod schedule;
mod support;
mod walks;
