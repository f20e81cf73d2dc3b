//! `kefu serve` from start to end: telemetry, the suite, signals, and the orderly stop.

use kefu_telemetry::{LogFormat, TelemetryConfig};

use crate::config::{self, Config};
use crate::drain::{StopSignal, StopSignals};
use crate::suite::Suite;

/// Runs the chosen services until a signal asks to stop, or until one of them cannot go on, which is an
/// error.
pub async fn serve(suite: &Suite, config: Config) -> anyhow::Result<()> {
    let mut signals = StopSignals::catch()?;
    let running = tokio::select! {
        running = suite.start(config) => running?,
        _ = signals.next() => return Ok(()),
    };
    tracing::info!("{running}");
    let (why, failed) = tokio::select! {
        why = signals.next() => (why, None),
        failed = running.failed() => (StopSignal::Interrupt, Some(failed)),
    };
    tracing::info!(?why, "stopping");
    tokio::select! {
        () = running.shutdown(why) => {}
        _ = signals.next() => tracing::warn!("stopped at once: asked a second time"),
    }
    failed.map_or(Ok(()), |failed| Err(failed.into()))
}

/// What the configuration says of telemetry, for a process that runs `services` (all, where empty).
pub fn telemetry(config: &Config, instance_id: &str) -> TelemetryConfig {
    let telemetry = &config.telemetry;
    let services = &config.services.0;
    let service_name = match services.is_empty() {
        true => "kefu".to_owned(),
        false => format!("kefu-{}", services.join("-")),
    };
    TelemetryConfig {
        service_name,
        service_version: env!("CARGO_PKG_VERSION").to_owned(),
        instance_id: instance_id.to_owned(),
        endpoint: telemetry.endpoint.clone(),
        endpoint_ca: telemetry.ca.clone(),
        sample_ratio: telemetry.sample_ratio,
        metrics_interval: telemetry.metrics_interval.duration(),
        log_filter: telemetry.log.clone(),
        log_format: match telemetry.log_format {
            config::LogFormat::Text => LogFormat::Text,
            config::LogFormat::Json => LogFormat::Json,
        },
    }
}
