//! A collector that is away must cost a process nothing but a warning.

use std::time::Duration;

use kefu_telemetry::{LogFormat, TelemetryConfig, TelemetryError, init, metrics, trace};

fn config(endpoint: &str, log_filter: &str) -> TelemetryConfig {
    TelemetryConfig {
        service_name: "kefu".into(),
        service_version: "0.0.0".into(),
        instance_id: "test".into(),
        endpoint: Some(endpoint.into()),
        endpoint_ca: None,
        sample_ratio: 1.0,
        metrics_interval: Duration::from_secs(30),
        log_filter: log_filter.into(),
        log_format: LogFormat::Text,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_dead_collector_is_a_warning_at_the_end() {
    let wrong_filter = init(&config("http://127.0.0.1:1", "kefu=loud"));
    assert!(matches!(wrong_filter, Err(TelemetryError::Filter(..))));

    // Nothing listens on port 1.
    let guard = init(&config("http://127.0.0.1:1", "warn,kefu=info")).unwrap();
    let span = trace::client_span("kefu.test.v1.TestService/Do");
    assert_eq!(trace::traceparent_of(&span).len(), 55);
    metrics::STORE_EVENTS.add(1, &[]);
    drop(span);
    assert!(matches!(init(&config("http://127.0.0.1:1", "warn")), Err(TelemetryError::Again(_))));
    guard.shutdown().await;
}
