//! What the bus tells of itself, by OpenTelemetry's messaging conventions.
//!
//! Waiting for events is no operation: its duration would tell how little happens. Metrics alone: the
//! spans of publishing and folding belong to those who do it.

use std::collections::BTreeMap;
use std::time::Instant;

use kefu_kernel::{Fault, Recorded};
use kefu_telemetry::semconv::{ERROR_TYPE, messaging};
use kefu_telemetry::{KeyValue, metrics};

use crate::{BusError, ConsumerSpec, Published};

/// Values of `messaging.system`.
pub(crate) const EMBEDDED: &str = "embedded";
pub(crate) const NATS: &str = "nats";

/// A publication that began at `begun` has ended.
pub(crate) fn published(
    system: &'static str,
    events: &[Recorded],
    published: &Published,
    begun: Instant,
) {
    let error = published.failure.as_ref();
    let operation = |error: Option<&BusError>| attributes(system, "publish", "send", error);
    metrics::BUS_OPERATION_DURATION.record_since(begun, &operation(error));
    let (stored, rest) = events.split_at(published.stored.min(events.len()));
    for (events, error) in [(stored, None), (rest, error)] {
        let mut sent: BTreeMap<&str, u64> = BTreeMap::new();
        for event in events {
            *sent.entry(&event.service).or_default() += 1;
        }
        for (service, count) in sent {
            let mut attributes = operation(error);
            attributes.push(KeyValue::new(messaging::DESTINATION_NAME, service.to_owned()));
            metrics::BUS_SENT.add(count, &attributes);
        }
    }
}

/// `count` events were delivered to `spec`'s holder.
pub(crate) fn delivered(system: &'static str, spec: &ConsumerSpec, count: usize) {
    let mut attributes = attributes(system, "next", "receive", None);
    attributes.push(KeyValue::new(messaging::DESTINATION_NAME, spec.service.clone()));
    attributes.push(KeyValue::new(messaging::CONSUMER_GROUP_NAME, spec.name.clone()));
    metrics::BUS_CONSUMED.add(count as u64, &attributes);
}

/// Acknowledgements that were begun at `begun` were sent, or not.
pub(crate) fn acknowledged(system: &'static str, error: Option<&BusError>, begun: Instant) {
    let attributes = attributes(system, "ack", "settle", error);
    metrics::BUS_OPERATION_DURATION.record_since(begun, &attributes);
}

fn attributes(
    system: &'static str,
    name: &'static str,
    kind: &'static str,
    error: Option<&BusError>,
) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new(messaging::SYSTEM, system),
        KeyValue::new(messaging::OPERATION_NAME, name),
        KeyValue::new(messaging::OPERATION_TYPE, kind),
    ];
    attributes.extend(error.map(|error| KeyValue::new(ERROR_TYPE, error.reason())));
    attributes
}
