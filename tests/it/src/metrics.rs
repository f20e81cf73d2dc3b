//! Every series of the inventory is fed: somewhere in the code, and, but for those of trouble, by a suite
//! at ordinary work.

use std::collections::BTreeSet;
use std::time::Duration;

use kefu_telemetry::metrics::inventory;
use kefu_telemetry::{LogFormat, TelemetryConfig, init};
use kefu_testkit::otlp::Collector;

use crate::source::rust_files;
use crate::story::Desk;

/// What an untroubled suite in one process does not show.
const OF_TROUBLE: [&str; 10] = [
    "kefu.bus.reconnects",
    "kefu.consumer.dead_letters",
    "kefu.consumer.redelivered",
    "kefu.outbox.gaps_repaired",
    "kefu.outbox.leases_taken",
    "kefu.outbox.outgoing",
    "kefu.rpc.panics",
    "kefu.rpc.shed",
    "kefu.store.redone",
    "kefu.task.restarts",
];

#[test]
fn every_series_is_fed_by_a_line_of_code() {
    let files = rust_files();
    let declares = "libs/telemetry/src/metrics.rs";
    let inventory = files.iter().find(|file| file.path == declares).expect("the inventory");
    let names: Vec<&str> = inventory.text.lines().filter_map(declared).collect();
    assert_eq!(names.len(), kefu_telemetry::metrics::inventory().len(), "{names:?}");
    let feeds = |name: &str| {
        let word = format!("metrics::{name}");
        let uses =
            |text: &str| text.match_indices(&word).any(|(at, _)| ends(text, at + word.len()));
        let fed = files.iter().filter(|file| !file.path.contains("/tests/"));
        fed.filter(|file| file.path.contains("/src/") && file.path != declares)
            .any(|file| !file.path.starts_with("tests/") && uses(&file.text))
    };
    let silent: Vec<&&str> = names.iter().filter(|name| !feeds(name)).collect();
    assert!(silent.is_empty(), "series that nothing feeds: {silent:?}");
}

/// The name that a line of the inventory declares: `    BUS_SENT: Counter(…`.
fn declared(line: &str) -> Option<&str> {
    let (name, kind) = line.strip_prefix("    ")?.split_once(": ")?;
    let series = ["Counter(", "Gauge(", "Histogram("].iter().any(|word| kind.starts_with(word));
    (series && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')).then_some(name)
}

fn ends(text: &str, at: usize) -> bool {
    !text[at..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suite_at_work_feeds_every_series_but_those_of_trouble() {
    let collector = Collector::start().await;
    let config = TelemetryConfig {
        service_name: "kefu".into(),
        service_version: "0.0.0".into(),
        instance_id: "test".into(),
        endpoint: Some(collector.endpoint()),
        endpoint_ca: None,
        sample_ratio: 0.0,
        metrics_interval: Duration::from_millis(100),
        log_filter: "off".into(),
        log_format: LogFormat::Text,
    };
    let guard = init(&config).expect("no other test of this binary sends telemetry");
    let desk = Desk::in_one_process().await;
    let ticket = desk.register("complaint", "A parcel is late").await;
    let path = format!("/v1/tickets/{}", ticket.id);
    let (status, _) =
        desk.world.rest(&desk.world.admin_key(), http::Method::GET, &path, None).await.unwrap();
    assert_eq!(status, http::StatusCode::OK);
    // Its clocks run out.
    desk.world.advance(Duration::from_secs(30 * 86_400)).await;
    let wanted: BTreeSet<&str> = inventory()
        .iter()
        .map(|series| series.name)
        .filter(|name| !OF_TROUBLE.contains(name))
        .collect();
    collector
        .wait_for(|received| {
            let seen: BTreeSet<&str> = received.metrics.iter().map(String::as_str).collect();
            wanted.is_subset(&seen).then_some(())
        })
        .await;
    desk.world.close().await;
    guard.shutdown().await;
}
