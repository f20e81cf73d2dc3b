//! What Kefu tells about itself while it runs: traces, metrics and logs.
//!
//! - [`init`] sets everything up once, at start: OTLP over gRPC where a collector is configured, and
//!   readable (or JSON) lines on stderr. The [`Guard`] sends the rest at the end.
//! - [`trace`] makes the spans that cross a process and carries their context: W3C `traceparent` in
//!   headers for calls, a plain string beside an event. Spans within a crate are plain `tracing`.
//! - [`metrics`] is the one inventory: every series that Kefu can emit is a static there.
//! - [`semconv`] holds the names that OpenTelemetry defines and may still change.
//! - [`redact`] stands in a log line for what may not be in one.
//!
//! Without [`init`], or without a collector, all of it is a silent no-op: tests and tools need no
//! set-up.

mod init;
mod instrument;
pub mod metrics;
pub mod redact;
pub mod semconv;
pub mod trace;

pub use init::{Guard, LogFormat, TelemetryConfig, TelemetryError, init};
pub use instrument::{Counter, Description, Gauge, Histogram, Kind};
/// An attribute of a measurement. Values come from small closed sets, never from callers.
pub use opentelemetry::KeyValue;
