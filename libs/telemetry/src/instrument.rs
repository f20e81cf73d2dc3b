//! The three kinds of series, as statics that can be declared before any provider exists.
//!
//! OpenTelemetry binds an instrument to the provider of the moment; a static that was touched before
//! [`init`](crate::init) would stay silent for good. So these bind at their first use after a meter was
//! installed, and cost one atomic load until then.

use std::sync::OnceLock;
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

static METER: OnceLock<Meter> = OnceLock::new();

/// Makes `meter` the one that all series are measured by; the first one stays.
pub(crate) fn install(meter: Meter) {
    METER.get_or_init(|| meter);
}

/// How a series behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// The present value of something.
    Gauge,
    /// A distribution.
    Histogram,
}

/// What a series is called and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// Dotted lower-case name, `kefu.<area>.<thing>` or one that OpenTelemetry defines.
    pub name: &'static str,
    /// UCUM unit: `s`, `By`, `1` or a noun in braces, `{event}`.
    pub unit: &'static str,
    /// One or two sentences.
    pub text: &'static str,
    /// How it behaves.
    pub kind: Kind,
    /// Upper bounds of a histogram's buckets; empty for the other kinds.
    pub boundaries: &'static [f64],
}

macro_rules! instrument {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        pub struct $name {
            description: Description,
            bound: OnceLock<$inner>,
        }

        impl $name {
            /// A series of this kind; declared only in [`crate::metrics`].
            pub(crate) const fn new(
                name: &'static str,
                unit: &'static str,
                text: &'static str,
                boundaries: &'static [f64],
            ) -> Self {
                let kind = Kind::$name;
                let description = Description { name, unit, text, kind, boundaries };
                Self { description, bound: OnceLock::new() }
            }

            /// Its name, unit and meaning.
            pub fn description(&self) -> Description {
                self.description
            }

            fn bound(&self) -> Option<&$inner> {
                let meter = METER.get()?;
                Some(self.bound.get_or_init(|| Self::bind(meter, &self.description)))
            }
        }
    };
}

instrument!(
    /// A count of things that happened.
    Counter,
    opentelemetry::metrics::Counter<u64>
);
instrument!(
    /// The present value of something.
    Gauge,
    opentelemetry::metrics::Gauge<f64>
);
instrument!(
    /// A distribution, of durations in seconds or of sizes.
    Histogram,
    opentelemetry::metrics::Histogram<f64>
);

impl Counter {
    /// Counts `by` more.
    pub fn add(&self, by: u64, attributes: &[KeyValue]) {
        if let Some(counter) = self.bound() {
            counter.add(by, attributes);
        }
    }

    fn bind(meter: &Meter, of: &Description) -> opentelemetry::metrics::Counter<u64> {
        meter.u64_counter(of.name).with_unit(of.unit).with_description(of.text.trim()).build()
    }
}

impl Gauge {
    /// Sets the present value.
    pub fn set(&self, value: f64, attributes: &[KeyValue]) {
        if let Some(gauge) = self.bound() {
            gauge.record(value, attributes);
        }
    }

    fn bind(meter: &Meter, of: &Description) -> opentelemetry::metrics::Gauge<f64> {
        meter.f64_gauge(of.name).with_unit(of.unit).with_description(of.text.trim()).build()
    }
}

impl Histogram {
    /// Records one value, in the series' unit.
    pub fn record(&self, value: f64, attributes: &[KeyValue]) {
        if let Some(histogram) = self.bound() {
            histogram.record(value, attributes);
        }
    }

    /// Records the seconds since `start`.
    pub fn record_since(&self, start: Instant, attributes: &[KeyValue]) {
        self.record(start.elapsed().as_secs_f64(), attributes);
    }

    fn bind(meter: &Meter, of: &Description) -> opentelemetry::metrics::Histogram<f64> {
        meter
            .f64_histogram(of.name)
            .with_unit(of.unit)
            .with_description(of.text.trim())
            .with_boundaries(of.boundaries.to_vec())
            .build()
    }
}
