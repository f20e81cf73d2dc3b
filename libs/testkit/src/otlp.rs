//! A collector for tests: takes traces, metrics and logs by OTLP/gRPC and keeps them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{
    LogsService, LogsServiceServer,
};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span;
use prost::Message;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// A running collector; it ends when dropped.
pub struct Collector {
    address: SocketAddr,
    received: watch::Receiver<Arc<Received>>,
    _server: JoinSet<()>,
}

/// Everything that came in so far.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// Spans that ended.
    pub spans: Vec<SeenSpan>,
    /// Names of series, each once per batch that held it.
    pub metrics: Vec<String>,
    /// Log lines' bodies.
    pub logs: Vec<String>,
    /// Every request as it came, so that nothing which is not looked at above goes unseen.
    requests: Vec<Bytes>,
}

impl Received {
    /// Whether `text` is anywhere in what came in: in a name, an attribute, a log line, a resource.
    pub fn mentions(&self, text: &str) -> bool {
        let held = |request: &Bytes| request.windows(text.len()).any(|at| at == text.as_bytes());
        self.requests.iter().any(held)
    }
}

/// A span as it came in; ids in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenSpan {
    /// `service.name` of the process that sent it.
    pub process: String,
    /// `service.instance.id` of that process.
    pub instance: String,
    /// Its name, `kefu.tickets.v1.TicketsService/AssignTicket`.
    pub name: String,
    /// Its kind: `Server`, `Client`, `Producer`, `Consumer` or `Internal`.
    pub kind: String,
    /// Its trace.
    pub trace_id: String,
    /// Itself.
    pub span_id: String,
    /// Its parent; empty for the first of a trace.
    pub parent_id: String,
    /// The spans that it is linked to, as (trace, span).
    pub links: Vec<(String, String)>,
    /// Its attributes; numbers and truth values as text.
    pub attributes: Vec<(String, String)>,
}

impl SeenSpan {
    /// The attribute of that name; empty where it has none.
    pub fn attribute(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }
}

impl Collector {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let incoming = TcpIncoming::bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
        let address = incoming.local_addr().expect("it is bound");
        let (told, received) = watch::channel(Arc::default());
        let keeper = Keeper(Arc::new(told));
        let mut server = JoinSet::new();
        server.spawn(async move {
            let served = Server::builder()
                .add_service(TraceServiceServer::new(keeper.clone()))
                .add_service(MetricsServiceServer::new(keeper.clone()))
                .add_service(LogsServiceServer::new(keeper))
                .serve_with_incoming(incoming)
                .await;
            served.expect("the collector serves");
        });
        Self { address, received, _server: server }
    }

    /// What `telemetry.endpoint` is set to.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that came in so far.
    pub fn received(&self) -> Arc<Received> {
        self.received.borrow().clone()
    }

    /// Waits until `find` finds what it looks for, and gives that; panics with what came in after a
    /// minute.
    pub async fn wait_for<T>(&self, find: impl Fn(&Received) -> Option<T>) -> T {
        let mut received = self.received.clone();
        let found = async {
            loop {
                let now = received.borrow_and_update().clone();
                if let Some(found) = find(&now) {
                    return found;
                }
                received.changed().await.expect("the collector is held by self");
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(60), found).await;
        found.unwrap_or_else(|_| panic!("not among what came in: {:#?}", self.received()))
    }
}

/// Adds what comes in to what is kept.
#[derive(Clone)]
struct Keeper(Arc<watch::Sender<Arc<Received>>>);

impl Keeper {
    fn keep(&self, came: Bytes, add: impl FnOnce(&mut Received)) {
        self.0.send_modify(|received| {
            let received = Arc::make_mut(received);
            received.requests.push(came);
            add(received);
        });
    }
}

/// A request, and its bytes.
fn read<M: Message>(request: Request<M>) -> (M, Bytes) {
    let message = request.into_inner();
    let came = message.encode_to_vec().into();
    (message, came)
}

#[tonic::async_trait]
impl TraceService for Keeper {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let (request, came) = read(request);
        let mut spans = Vec::new();
        for from in request.resource_spans {
            let resource = from.resource.map(|resource| resource.attributes).unwrap_or_default();
            let resource = texts(&resource);
            let told = |name| {
                let found = resource.iter().find(|(key, _)| key == name);
                found.map(|(_, value)| value.clone()).unwrap_or_default()
            };
            let (process, instance) = (told("service.name"), told("service.instance.id"));
            let seen = from.scope_spans.into_iter().flat_map(|scope| scope.spans);
            spans.extend(seen.map(|span| SeenSpan {
                process: process.clone(),
                instance: instance.clone(),
                kind: format!("{:?}", span.kind()),
                trace_id: hex(&span.trace_id),
                span_id: hex(&span.span_id),
                parent_id: hex(&span.parent_span_id),
                links: span.links.iter().map(ends_of).collect(),
                attributes: texts(&span.attributes),
                name: span.name,
            }));
        }
        self.keep(came, |received| received.spans.extend(spans));
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Keeper {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let (request, came) = read(request);
        let all = request.resource_metrics.into_iter();
        let scopes = all.flat_map(|from| from.scope_metrics);
        let names = scopes.flat_map(|scope| scope.metrics).map(|metric| metric.name);
        self.keep(came, |received| received.metrics.extend(names));
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Keeper {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let (request, came) = read(request);
        let all = request.resource_logs.into_iter();
        let records = all.flat_map(|from| from.scope_logs).flat_map(|scope| scope.log_records);
        let bodies = records.map(|record| text(record.body.as_ref()));
        self.keep(came, |received| received.logs.extend(bodies));
        Ok(Response::new(Default::default()))
    }
}

fn ends_of(link: &span::Link) -> (String, String) {
    (hex(&link.trace_id), hex(&link.span_id))
}

fn texts(attributes: &[KeyValue]) -> Vec<(String, String)> {
    attributes.iter().map(|pair| (pair.key.clone(), text(pair.value.as_ref()))).collect()
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::BoolValue(truth)) => truth.to_string(),
        other => other.map(|other| format!("{other:?}")).unwrap_or_default(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
