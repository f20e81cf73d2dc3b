//! What a process tells a collector: a span with its parent, a series, a log line; and nothing of what
//! the log filter leaves out.

use std::time::Duration;

use kefu_telemetry::{LogFormat, TelemetryConfig, init, metrics, semconv, trace};
use kefu_testkit::otlp::Collector;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_gets_traces_metrics_and_logs() {
    let collector = Collector::start().await;
    let config = TelemetryConfig {
        service_name: "kefu-tickets".into(),
        service_version: "0.0.0".into(),
        instance_id: "test".into(),
        endpoint: Some(collector.endpoint()),
        endpoint_ca: None,
        sample_ratio: 1.0,
        metrics_interval: Duration::from_millis(50),
        log_filter: "warn,collector=info".into(),
        log_format: LogFormat::Json,
    };
    // Before there is a provider: neither lost for good nor an error.
    metrics::STORE_EVENTS.add(1, &[]);
    let guard = init(&config).expect("it is the first");

    let event = trace::event_span("live_board", "TicketAssigned", "e1", PARENT);
    let carried = event.in_scope(|| {
        tracing::info!("folded");
        tracing::debug!("left out");
        trace::current_traceparent()
    });
    drop(event);
    metrics::STORE_EVENTS.add(1, &[]);
    metrics::CONSUMER_DELAY.record(0.2, &[]);

    collector
        .wait_for(|received| {
            received.metrics.iter().any(|name| name == "kefu.consumer.delay").then_some(())
        })
        .await;
    guard.shutdown().await;
    let received = collector.received();
    let [span] = &received.spans[..] else { panic!("not one span: {:#?}", received.spans) };
    assert_eq!(span.process, "kefu-tickets");
    assert_eq!(span.name, "live_board TicketAssigned");
    assert_eq!(span.kind, "Consumer");
    assert_eq!(span.attribute(semconv::messaging::MESSAGE_ID), "e1");
    assert_eq!(format!("00-{}-{}-01", span.trace_id, span.parent_id), PARENT);
    assert_eq!(carried, format!("00-{}-{}-01", span.trace_id, span.span_id));
    assert!(received.metrics.iter().any(|name| name == "kefu.store.events"));
    assert_eq!(received.logs, ["folded"]);
}

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
