//! What calendars and clocks promise: examples that a person can check by hand, and properties over
//! generated calendars, moments and events.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod calendar_examples;
mod calendar_properties;
mod clock_examples;
mod clock_explained;
mod clock_properties;
mod support;
