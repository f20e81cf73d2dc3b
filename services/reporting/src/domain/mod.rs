//! The rules of reporting: what a metric is and what reports are made of; when a projection may be
//! rebuilt, and what its record then tells.

mod metrics;
mod rebuild;
mod reports;
pub mod sketch;

pub use metrics::{BRANCH, Kind, Measure, Metric, Metrics, Subject, Unit};
pub use rebuild::{Rebuild, RebuildState};
pub use reports::{Period, Report, Reports, Section};
