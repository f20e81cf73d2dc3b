//! Spans that cross a process, and how their context travels.
//!
//! A call carries its context in the W3C `traceparent` header. An event carries it as a string that is
//! stored with it, so that what happens later (relay, projection, timer) belongs to the trace of the
//! command that caused it: one event's handling is a **child** of the trace that the event carries; a
//! batch's span has **links** to all of them, because it has many causes.
//!
//! All spans are `tracing` spans; nothing here does anything while no collector is configured. Only
//! `traceparent` is carried, no `tracestate` and no baggage: callers' baggage may hold personal data.

use http::{HeaderMap, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, Status, TraceContextExt};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::field::Empty;
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::semconv::{ERROR_TYPE, messaging, rpc};

/// The header's name, and the CloudEvents extension's.
pub const TRACEPARENT: &str = "traceparent";

/// Links that a batch's span holds at most; the rest is left out.
const MAX_LINKS: usize = 128;

/// The trace context of the span that is current here, for a header or beside an event; empty where
/// nothing is traced.
pub fn current_traceparent() -> String {
    traceparent_of(&Span::current())
}

/// The trace context of `span`; empty where it is not traced.
pub fn traceparent_of(span: &Span) -> String {
    let mut carrier = Carrier(String::new());
    TraceContextPropagator::new().inject_context(&span.context(), &mut carrier);
    carrier.0
}

/// Makes `span` a child of the span that `traceparent` names. Does nothing where that is empty or no
/// trace context, or where `span` has begun.
pub fn continue_from(span: &Span, traceparent: &str) {
    if let Some(parent) = parse(traceparent) {
        // It fails where no collector is configured or the span is filtered out: both are no-ops.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

/// Links `span` to the spans that caused it; what is no trace context is left out.
pub fn link_to<'a>(span: &Span, traceparents: impl IntoIterator<Item = &'a str>) {
    if span.is_disabled() {
        return;
    }
    for cause in traceparents.into_iter().filter_map(parse).take(MAX_LINKS) {
        span.add_link(cause);
    }
}

/// Writes the current span's context into the headers of an outgoing call.
pub fn inject(headers: &mut HeaderMap) {
    if let Ok(value) = HeaderValue::from_str(&current_traceparent())
        && !value.is_empty()
    {
        headers.insert(TRACEPARENT, value);
    }
}

/// The trace context in the headers of an incoming call; empty where there is none.
pub fn extract(headers: &HeaderMap) -> &str {
    headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The span of one call served; a child of the caller's span where the headers name one. `method` is
/// `kefu.tickets.v1.TicketsService/AssignTicket`. End it with [`record_status`].
pub fn server_span(method: &str, headers: &HeaderMap) -> Span {
    let span = info_span!(
        "rpc",
        otel.name = method,
        otel.kind = "server",
        { rpc::SYSTEM_NAME } = rpc::GRPC,
        { rpc::METHOD } = method,
        { rpc::STATUS_CODE } = Empty,
        { ERROR_TYPE } = Empty
    );
    continue_from(&span, extract(headers));
    span
}

/// The span of one call made. End it with [`record_status`].
pub fn client_span(method: &str) -> Span {
    info_span!(
        "call",
        otel.name = method,
        otel.kind = "client",
        { rpc::SYSTEM_NAME } = rpc::GRPC,
        { rpc::METHOD } = method,
        { rpc::STATUS_CODE } = Empty,
        { ERROR_TYPE } = Empty
    )
}

/// Notes how a call ended: `code` is the gRPC code's name, `OK` or `NOT_FOUND`; `failed` whether that
/// is this side's failure ([`rpc::is_server_error`] for a server, anything but OK for a client).
pub fn record_status(span: &Span, code: &'static str, failed: bool) {
    span.record(rpc::STATUS_CODE, code);
    if failed {
        span.record(ERROR_TYPE, code);
        span.set_status(Status::error(code));
    }
}

/// What is done with a batch of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Handing it to the bus.
    Send,
    /// Folding or otherwise handling what the bus delivered.
    Process,
}

/// The span of a batch of `service`'s events, linked to the traces that they carry. `consumer` is the
/// projection's name, or empty for the relay.
pub fn batch_span<'a>(
    operation: Operation,
    service: &str,
    consumer: &str,
    traceparents: impl ExactSizeIterator<Item = &'a str>,
) -> Span {
    let (verb, kind) = match operation {
        Operation::Send => ("send", "producer"),
        Operation::Process => ("process", "consumer"),
    };
    let span = info_span!(
        parent: None, "batch", otel.name = format!("{verb} {service}"), otel.kind = kind,
        { messaging::OPERATION_TYPE } = verb, { messaging::OPERATION_NAME } = verb,
        { messaging::DESTINATION_NAME } = service, { messaging::CONSUMER_GROUP_NAME } = consumer,
        { messaging::BATCH_MESSAGE_COUNT } = traceparents.len()
    );
    link_to(&span, traceparents);
    span
}

/// The span of one command from being handed in to its answer, within the call that brought it. `rpc` is
/// that call's method, or the timer or event that made the command. What follows from the command
/// (`traceparent_of`) carries this span.
pub fn command_span(service: &str, rpc: &str) -> Span {
    info_span!("command", otel.name = format!("command {rpc}"), service, { rpc::METHOD } = rpc)
}

/// The span of one event's publication by the service that owns it, a child of the trace that the event
/// carries.
pub fn publish_span(service: &str, event: &str, event_id: &str, traceparent: &str) -> Span {
    let span = info_span!(
        "publish",
        otel.name = format!("send {event}"),
        otel.kind = "producer",
        { messaging::OPERATION_TYPE } = "send",
        { messaging::DESTINATION_NAME } = service,
        { messaging::MESSAGE_ID } = event_id
    );
    continue_from(&span, traceparent);
    span
}

/// The span of one event's handling, a child of the trace that the event carries. `event` is its short
/// name (`TicketAssigned`), `consumer` who handles it.
pub fn event_span(consumer: &str, event: &str, event_id: &str, traceparent: &str) -> Span {
    let span = info_span!(
        "event",
        otel.name = format!("{consumer} {event}"),
        otel.kind = "consumer",
        { messaging::OPERATION_TYPE } = "process",
        { messaging::CONSUMER_GROUP_NAME } = consumer,
        { messaging::MESSAGE_ID } = event_id
    );
    continue_from(&span, traceparent);
    span
}

/// Reads a `traceparent`; nothing for an empty or malformed one.
fn parse(traceparent: &str) -> Option<SpanContext> {
    if traceparent.is_empty() {
        return None;
    }
    let carrier = Carrier(traceparent.to_owned());
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    let parsed = context.span().span_context().clone();
    parsed.is_valid().then_some(parsed)
}

/// The one header that is carried.
struct Carrier(String);

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0 = value;
        }
    }
}

impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0.as_str())
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::SpanKind;
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const OTHER: &str = "00-1bf7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01";

    #[derive(Clone, Debug, Default)]
    struct Spans(Arc<Mutex<Vec<SpanData>>>);

    impl SpanExporter for Spans {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.0.lock().unwrap().extend(batch);
            Ok(())
        }
    }

    /// Runs `work` with a tracer as `init` sets one up, and gives the spans that ended.
    fn spans_of(work: impl FnOnce()) -> Vec<SpanData> {
        let spans = Spans::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
        let layer = crate::init::span_layer(&provider);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
        let ended = spans.0.lock().unwrap();
        ended.clone()
    }

    #[test]
    fn a_call_continues_the_callers_trace() {
        let mut outgoing = HeaderMap::new();
        let spans = spans_of(|| {
            let incoming = HeaderMap::from_iter([(
                http::HeaderName::from_static(TRACEPARENT),
                HeaderValue::from_static(CALLER),
            )]);
            let span = server_span("kefu.test.v1.TestService/Do", &incoming);
            span.in_scope(|| {
                client_span("kefu.test.v1.OtherService/Do").in_scope(|| inject(&mut outgoing));
            });
            record_status(&span, "INTERNAL", true);
        });
        let [call, served] = &spans[..] else { panic!("two spans, not {}", spans.len()) };
        assert_eq!(served.parent_span_id.to_string(), "b7ad6b7169203331");
        assert_eq!(served.name, "kefu.test.v1.TestService/Do");
        assert_eq!(served.span_kind, SpanKind::Server);
        assert_eq!(served.status, Status::error("INTERNAL"));
        assert_eq!(call.parent_span_id, served.span_context.span_id());
        let expected =
            format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", call.span_context.span_id());
        assert_eq!(extract(&outgoing), expected);
        let codes = served.attributes.iter().filter(|pair| pair.key.as_str() == rpc::STATUS_CODE);
        assert_eq!(codes.count(), 1);
    }

    #[test]
    fn an_event_is_a_child_of_its_trace_and_its_batch_links_to_it() {
        let spans = spans_of(|| {
            let carried = [CALLER, "", "nonsense", OTHER];
            let batch =
                batch_span(Operation::Process, "tickets", "live_board", carried.into_iter());
            batch.in_scope(|| drop(event_span("live_board", "TicketAssigned", "e1", OTHER)));
        });
        let [event, batch] = &spans[..] else { panic!("two spans, not {}", spans.len()) };
        assert_eq!(event.span_context.trace_id().to_string(), "1bf7651916cd43dd8448eb211c80319c");
        assert_eq!(event.parent_span_id.to_string(), "c7ad6b7169203331");
        let linked: Vec<_> =
            batch.links.iter().map(|link| link.span_context.span_id().to_string()).collect();
        assert_eq!(linked, ["b7ad6b7169203331", "c7ad6b7169203331"]);
        assert_eq!(batch.span_kind, SpanKind::Consumer);
    }

    #[test]
    fn without_a_collector_nothing_is_carried() {
        let span = server_span("kefu.test.v1.TestService/Do", &HeaderMap::new());
        let mut outgoing = HeaderMap::new();
        span.in_scope(|| inject(&mut outgoing));
        assert!(outgoing.is_empty());
        assert_eq!(traceparent_of(&span), "");
    }
}
