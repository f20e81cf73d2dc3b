//! Setting telemetry up, once, at the start of a process.
//!
//! Logs always go to stderr, as lines for people or as JSON. Where a collector is configured, traces,
//! metrics and logs go to it too, over OTLP/gRPC, in batches that are dropped rather than waited for
//! when it is slow or away. Headers for the collector come from the standard
//! `OTEL_EXPORTER_OTLP_HEADERS`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, SpanExporter, WithExportConfig,
    WithTonicConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tonic::transport::{Certificate, ClientTlsConfig};
use tracing::Subscriber;
use tracing_subscriber::filter::{EnvFilter, LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::instrument;

/// How a log line looks on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Where telemetry goes and what of it.
#[derive(Clone, Debug)]
pub struct TelemetryConfig {
    /// `service.name` of everything sent: `kefu`, or `kefu-tickets` where services are apart.
    pub service_name: String,
    /// `service.version`.
    pub service_version: String,
    /// `service.instance.id`: another one for each process.
    pub instance_id: String,
    /// The collector's address, `http://127.0.0.1:4317`; none: only stderr.
    pub endpoint: Option<String>,
    /// The authority that signed an `https` collector's certificate, PEM; none: the system's roots.
    pub endpoint_ca: Option<PathBuf>,
    /// The share of traces kept, 0 to 1, where the caller did not decide.
    pub sample_ratio: f64,
    /// How often metrics are sent.
    pub metrics_interval: Duration,
    /// Which log lines are kept, as `tracing`'s directives: `warn,kefu=info`.
    pub log_filter: String,
    /// How they look on stderr.
    pub log_format: LogFormat,
}

/// Telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The log filter is not one.
    #[error("`{0}` is not a log filter; write it like `warn,kefu=info`")]
    Filter(String, #[source] tracing_subscriber::filter::ParseError),
    /// The certificate file could not be read.
    #[error("cannot read the collector's authority {0}")]
    Authority(PathBuf, #[source] std::io::Error),
    /// The address is not one.
    #[error("cannot send telemetry to `{0}`; write it like http://127.0.0.1:4317")]
    Endpoint(String, #[source] ExporterBuildError),
    /// Set up before in this process.
    #[error("telemetry is set up already")]
    Again(#[source] tracing_subscriber::util::TryInitError),
}

/// Keeps the connection to the collector. [`shutdown`](Guard::shutdown) it as the last act.
#[must_use = "what is buffered is lost unless the guard is shut down"]
pub struct Guard(Option<Providers>);

/// Sets up logs, traces and metrics for this process. Must be called within a tokio runtime (the
/// exporter's connection lives on it), once.
pub fn init(config: &TelemetryConfig) -> Result<Guard, TelemetryError> {
    let providers = match &config.endpoint {
        Some(endpoint) => Some(Providers::connect(config, endpoint)?),
        None => None,
    };
    let spans = providers.as_ref().map(|providers| span_layer(&providers.traces));
    let logs = match &providers {
        Some(providers) => Some(log_layer(&providers.logs, &config.log_filter)?),
        None => None,
    };
    tracing_subscriber::registry()
        .with(stderr_layer(config)?)
        .with(spans)
        .with(logs)
        .try_init()
        .map_err(TelemetryError::Again)?;
    if let Some(providers) = &providers {
        instrument::install(providers.metrics.meter("kefu"));
    }
    Ok(Guard(providers))
}

impl Guard {
    /// Sends what is buffered and closes. A collector that does not answer costs a few seconds and a
    /// warning, no more.
    pub async fn shutdown(mut self) {
        let Some(providers) = self.0.take() else { return };
        let closing = tokio::task::spawn_blocking(move || providers.shutdown());
        match tokio::time::timeout(SHUTDOWN_LIMIT, closing).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "telemetry: the last batch was not sent"),
            Ok(Err(_)) | Err(_) => tracing::warn!("telemetry: the collector did not answer"),
        }
    }
}

/// How long the end of the process waits for the collector.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);

/// The three signals' pipelines to the collector.
struct Providers {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
    logs: SdkLoggerProvider,
}

impl Providers {
    fn connect(config: &TelemetryConfig, endpoint: &str) -> Result<Self, TelemetryError> {
        let tls = tls(config, endpoint)?;
        let wrong = |error| TelemetryError::Endpoint(endpoint.to_owned(), error);
        macro_rules! exporter {
            ($kind:ident) => {{
                let exporter = $kind::builder().with_tonic().with_endpoint(endpoint);
                match tls.clone() {
                    Some(tls) => exporter.with_tls_config(tls).build(),
                    None => exporter.build(),
                }
                .map_err(wrong)?
            }};
        }
        let resource = resource(config);
        let reader = PeriodicReader::builder(exporter!(MetricExporter))
            .with_interval(config.metrics_interval)
            .build();
        let ratio = Sampler::TraceIdRatioBased(config.sample_ratio);
        Ok(Self {
            traces: SdkTracerProvider::builder()
                .with_batch_exporter(exporter!(SpanExporter))
                .with_sampler(Sampler::ParentBased(Box::new(ratio)))
                .with_resource(resource.clone())
                .build(),
            metrics: SdkMeterProvider::builder()
                .with_reader(reader)
                .with_resource(resource.clone())
                .build(),
            logs: SdkLoggerProvider::builder()
                .with_batch_exporter(exporter!(LogExporter))
                .with_resource(resource)
                .build(),
        })
    }

    /// Closes all three, and tells the first failure.
    fn shutdown(&self) -> OTelSdkResult {
        let ends = [self.traces.shutdown(), self.logs.shutdown(), self.metrics.shutdown()];
        ends.into_iter().collect()
    }
}

fn tls(
    config: &TelemetryConfig,
    endpoint: &str,
) -> Result<Option<ClientTlsConfig>, TelemetryError> {
    if !endpoint.starts_with("https:") {
        return Ok(None);
    }
    let tls = match &config.endpoint_ca {
        Some(path) => {
            let pem = std::fs::read(path)
                .map_err(|error| TelemetryError::Authority(path.clone(), error))?;
            ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem))
        }
        None => ClientTlsConfig::new().with_native_roots(),
    };
    Ok(Some(tls))
}

fn resource(config: &TelemetryConfig) -> Resource {
    Resource::builder()
        .with_service_name(config.service_name.clone())
        .with_attributes([
            KeyValue::new("service.namespace", "kefu"),
            KeyValue::new("service.version", config.service_version.clone()),
            KeyValue::new("service.instance.id", config.instance_id.clone()),
        ])
        .build()
}

fn stderr_layer<S>(config: &TelemetryConfig) -> Result<impl Layer<S> + use<S>, TelemetryError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match config.log_format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    Ok(lines.with_filter(filter(&config.log_filter)?))
}

/// Spans of ours, at INFO and above, whatever the log filter says.
pub(crate) fn span_layer<S>(traces: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    tracing_opentelemetry::layer()
        .with_tracer(traces.tracer("kefu"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        .with_filter(Targets::new().with_target("kefu", LevelFilter::INFO))
}

/// Log lines to the collector; never those of the exporter itself, which would feed it for ever.
fn log_layer<S>(
    logs: &SdkLoggerProvider,
    log_filter: &str,
) -> Result<impl Layer<S> + use<S>, TelemetryError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let exporter = ["opentelemetry", "tonic", "h2", "hyper", "tower", "kefu_telemetry"];
    let ours = Targets::new()
        .with_default(LevelFilter::TRACE)
        .with_targets(exporter.map(|target| (target, LevelFilter::OFF)));
    let bridge = OpenTelemetryTracingBridge::new(logs);
    Ok(bridge.with_filter(filter(log_filter)?).with_filter(ours))
}

fn filter(directives: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::try_new(directives)
        .map_err(|error| TelemetryError::Filter(directives.to_owned(), error))
}
