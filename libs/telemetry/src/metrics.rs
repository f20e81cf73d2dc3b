//! The one inventory of metrics: every series that Kefu can emit, with its unit and meaning.
//!
//! A name is `kefu.<area>.<thing>` in lower case, without its unit and without `total`, unless
//! OpenTelemetry defines it (then it comes from [`crate::semconv`]). The doc comment is the description
//! that is exported. Attributes are named in it, and take their values from small closed sets.

use crate::instrument::{Counter, Description, Gauge, Histogram};
use crate::semconv::{self, DURATION_BOUNDARIES};

/// Bounds for counts of things handled together.
const SIZE_BOUNDARIES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Bounds for how long something took to arrive, in seconds; reaches to an hour.
const DELAY_BOUNDARIES: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3600.0];

macro_rules! series {
    ($($(#[doc = $text:literal])+ $name:ident: $kind:ident($metric:expr, $unit:literal, $bounds:expr);)+) => {
        $($(#[doc = $text])+
        pub static $name: $kind = $kind::new($metric, $unit, concat!($($text),+), $bounds);)+

        /// Every series, in the order of this file.
        pub fn inventory() -> Vec<Description> {
            vec![$($name.description()),+]
        }
    };
}

series! {
    /// Duration of calls served, by rpc.method and status code.
    RPC_SERVER_DURATION: Histogram(semconv::rpc::SERVER_CALL_DURATION, "s", DURATION_BOUNDARIES);
    /// Duration of calls made, by rpc.method and status code.
    RPC_CLIENT_DURATION: Histogram(semconv::rpc::CLIENT_CALL_DURATION, "s", DURATION_BOUNDARIES);
    /// Duration of HTTP requests served beside gRPC, by route and status; of a stream, until it begins.
    HTTP_SERVER_DURATION: Histogram(semconv::http::SERVER_REQUEST_DURATION, "s", DURATION_BOUNDARIES);
    /// Calls turned away before queueing, because too many were in flight.
    RPC_SHED: Counter("kefu.rpc.shed", "{call}", &[]);
    /// Handlers that panicked; the caller got INTERNAL.
    RPC_PANICS: Counter("kefu.rpc.panics", "{panic}", &[]);
    /// Connections open at the server.
    RPC_CONNECTIONS: Gauge("kefu.rpc.connections", "{connection}", &[]);

    /// Commands by service and outcome: done, replayed, refused, aborted, failed.
    STORE_COMMANDS: Counter("kefu.store.commands", "{command}", &[]);
    /// Commands committed by one transaction.
    STORE_BATCH_SIZE: Histogram("kefu.store.batch.size", "{command}", SIZE_BOUNDARIES);
    /// Time from a batch's first load to its commit.
    STORE_BATCH_DURATION: Histogram("kefu.store.batch.duration", "s", DURATION_BOUNDARIES);
    /// Batches rolled back and decided again, by reason: guard, idempotency, error.
    STORE_REDONE: Counter("kefu.store.redone", "{batch}", &[]);
    /// Events recorded, by service.
    STORE_EVENTS: Counter("kefu.store.events", "{event}", &[]);

    /// Events recorded and not yet numbered, by service: of the partitions whose lease the process has.
    OUTBOX_PENDING: Gauge("kefu.outbox.pending", "{event}", &[]);
    /// Age of the oldest event not yet published, by service: of the partitions as above.
    OUTBOX_OLDEST_AGE: Gauge("kefu.outbox.oldest_age", "s", &[]);
    /// Events given a position, by service.
    OUTBOX_NUMBERED: Counter("kefu.outbox.numbered", "{event}", &[]);
    /// Time to publish one window of events and see it acknowledged.
    OUTBOX_PUBLISH_DURATION: Histogram("kefu.outbox.publish.duration", "s", DURATION_BOUNDARIES);
    /// Leases taken over from another holder, by service.
    OUTBOX_LEASES_TAKEN: Counter("kefu.outbox.leases_taken", "{lease}", &[]);
    /// Events that the bus had lost and the reconciler or a gap fetched from the owner.
    OUTBOX_GAPS_REPAIRED: Counter("kefu.outbox.gaps_repaired", "{event}", &[]);
    /// Events in the log that have no month of their own, by service; more than 0 is a defect.
    OUTBOX_UNPLACED: Gauge("kefu.outbox.unplaced", "{event}", &[]);
    /// Calls made for outgoing commands, by target service and outcome: done, refused, retried.
    OUTBOX_OUTGOING: Counter("kefu.outbox.outgoing", "{call}", &[]);

    /// Events folded, by consumer.
    CONSUMER_FOLDED: Counter("kefu.consumer.folded", "{event}", &[]);
    /// Time from an event's recording to its fold, by consumer.
    CONSUMER_DELAY: Histogram("kefu.consumer.delay", "s", DELAY_BOUNDARIES);
    /// Deliveries that were not the first of their event, by consumer.
    CONSUMER_REDELIVERED: Counter("kefu.consumer.redelivered", "{event}", &[]);
    /// Events put aside after their last attempt, by consumer.
    CONSUMER_DEAD_LETTERS: Counter("kefu.consumer.dead_letters", "{event}", &[]);

    /// Messages handed to the bus, by service.
    BUS_SENT: Counter(semconv::messaging::SENT_MESSAGES, "{message}", &[]);
    /// Messages that the bus delivered, by service and consumer.
    BUS_CONSUMED: Counter(semconv::messaging::CONSUMED_MESSAGES, "{message}", &[]);
    /// Duration of bus operations, by operation: publish, ack. Waiting for events is none.
    BUS_OPERATION_DURATION: Histogram(semconv::messaging::OPERATION_DURATION, "s", DURATION_BOUNDARIES);
    /// Connections to the broker that were lost and made again.
    BUS_RECONNECTS: Counter("kefu.bus.reconnects", "{reconnect}", &[]);

    /// Timers fired, by service and kind.
    TIMER_FIRED: Counter("kefu.timer.fired", "{timer}", &[]);
    /// How late timers fired, by service.
    TIMER_LATENESS: Histogram("kefu.timer.lateness", "s", DELAY_BOUNDARIES);

    /// Named tasks that run now.
    TASK_RUNNING: Gauge("kefu.task.running", "{task}", &[]);
    /// Named tasks that ended and were started again, by task and reason: error, panic, end.
    TASK_RESTARTS: Counter("kefu.task.restarts", "{restart}", &[]);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::instrument::Kind;

    /// What is wrong with a series by the convention in this file's header; empty: nothing.
    fn faults(of: &Description) -> Vec<&'static str> {
        let standard = ["rpc.", "http.", "messaging."].iter().any(|own| of.name.starts_with(own));
        let word = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        };
        let parts: Vec<&str> = of.name.split('.').collect();
        let unit_in_braces = of.unit.starts_with('{') && of.unit.ends_with('}');
        let mut faults = Vec::new();
        let mut demand = |holds: bool, fault| (!holds).then(|| faults.push(fault));
        demand(standard || parts[0] == "kefu", "starts with kefu");
        demand(parts.len() >= 3 && parts.iter().all(|part| word(part)), "three lower-case words");
        demand(unit_in_braces || ["s", "By", "1"].contains(&of.unit), "unit is UCUM");
        let last = parts.last().copied().unwrap_or_default();
        let unit_words = ["total", "count", "seconds", "ms", "bytes"];
        demand(!unit_words.iter().any(|word| last.ends_with(word)), "no unit in the name");
        demand(of.text.trim().ends_with('.') && of.text.len() > 20, "described by a sentence");
        demand(of.boundaries.is_empty() != (of.kind == Kind::Histogram), "histograms have bounds");
        faults
    }

    #[test]
    fn every_series_follows_the_convention() {
        for of in inventory() {
            assert_eq!(faults(&of), Vec::<&str>::new(), "{}", of.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = inventory().iter().map(|of| of.name).collect();
        assert_eq!(names.len(), inventory().len());
    }

    #[test]
    fn the_convention_refuses_what_breaks_it() {
        let wrong = Counter::new("Kefu.requests_total", "requests", "Calls", &[1.0]);
        assert_eq!(faults(&wrong.description()).len(), 6);
    }
}
