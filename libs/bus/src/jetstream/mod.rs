//! NATS JetStream as the carrier: one stream per service, one durable pull consumer per name and
//! partition. Nothing else in the workspace names the client library.
//!
//! Only what nats-server 2.9 has is used. A stream that is missing is made again wherever that is
//! noticed: by publishing, by subscribing, by [`JetStream::maintain`].

mod publish;
mod source;
mod stream;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use kefu_telemetry::metrics;

use crate::error::BusError;
use crate::{BusConfig, ConsumerSpec, JetStreamConfig, TlsFiles};
pub(crate) use source::{JetStreamSource, Receipt};

/// The connection and what was made over it.
pub(crate) struct JetStream {
    client: Client,
    context: Context,
    config: JetStreamConfig,
    max_age: Duration,
    max_unacknowledged: usize,
    ensured: Mutex<BTreeSet<String>>,
    open: AtomicBool,
}

impl JetStream {
    /// Starts to connect; it goes on by itself until the server answers.
    pub(crate) async fn connect(
        config: &JetStreamConfig,
        bus: &BusConfig,
    ) -> Result<Arc<Self>, BusError> {
        let wrong = |text: String| BusError::Misconfigured(text);
        let servers: Vec<ServerAddr> = config
            .servers
            .iter()
            .map(|text| text.parse().map_err(|_| wrong(format!("`{text}` is no NATS URL"))))
            .collect::<Result<_, _>>()?;
        if servers.is_empty() {
            return Err(wrong("there is no NATS server".into()));
        }
        let options = options(config).await?;
        let client = options.connect(servers).await.map_err(|error| wrong(error.to_string()))?;
        let context = ContextBuilder::new()
            .timeout(config.timeout)
            .ack_timeout(config.timeout)
            .max_ack_inflight(MAX_IN_FLIGHT.max(config.publish_window))
            .backpressure_on_inflight(true)
            .build(client.clone());
        Ok(Arc::new(Self {
            client,
            context,
            config: config.clone(),
            max_age: bus.max_age,
            max_unacknowledged: bus.max_unacknowledged,
            ensured: Mutex::default(),
            open: AtomicBool::new(true),
        }))
    }

    pub(crate) fn source(self: &Arc<Self>, spec: &ConsumerSpec) -> JetStreamSource {
        JetStreamSource::new(Arc::clone(self), spec.clone())
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Makes again what this process has used and what is missing now.
    pub(crate) async fn maintain(&self) -> Result<(), BusError> {
        let services = lock(&self.ensured).clone();
        for service in services {
            self.ensure(&service).await?;
        }
        Ok(())
    }

    /// Sends what is still in the connection's buffer, then closes it.
    pub(crate) async fn close(&self) {
        if self.open.swap(false, Ordering::AcqRel) && self.is_connected() {
            let _ = tokio::time::timeout(self.config.timeout, self.client.flush()).await;
            let _ = self.client.drain().await;
        }
    }

    /// An error where nothing sent now would arrive soon: the client would only keep it.
    fn check_connected(&self) -> Result<(), BusError> {
        if !self.open.load(Ordering::Acquire) {
            return Err(BusError::Closed);
        }
        if self.is_connected() { Ok(()) } else { Err(BusError::says("NATS is not connected")) }
    }
}

/// Publications without an answer, over all callers, after which further ones wait.
const MAX_IN_FLIGHT: usize = 4_096;
/// Messages that a subscriber holds unread; a pull asks for fewer.
const SUBSCRIPTION_CAPACITY: usize = 4_096;
/// Commands that wait for the connection.
const CLIENT_CAPACITY: usize = 2_048;

async fn options(config: &JetStreamConfig) -> Result<ConnectOptions, BusError> {
    let reconnect = config.reconnect;
    let connected = Arc::new(AtomicBool::new(false));
    let mut options = ConnectOptions::new()
        .name(&config.name)
        .retry_on_initial_connect()
        .connection_timeout(config.timeout)
        .request_timeout(Some(config.timeout))
        .ping_interval(Duration::from_secs(15))
        .subscription_capacity(SUBSCRIPTION_CAPACITY)
        .client_capacity(CLIENT_CAPACITY)
        .reconnect_delay_callback(move |attempts| {
            reconnect.after(u32::try_from(attempts).unwrap_or(u32::MAX))
        })
        .event_callback(move |event| {
            let again =
                matches!(event, Event::Connected) && connected.swap(true, Ordering::Relaxed);
            async move { tell(&event, again) }
        });
    if let Some(tls) = &config.tls {
        check_readable(tls).await?;
        options = options.require_tls(true);
        if let Some(authority) = &tls.authority {
            options = options.add_root_certificates(authority.clone());
        }
        if let Some((certificate, key)) = &tls.identity {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
    }
    if let Some(path) = &config.credentials {
        options = options.credentials_file(path).await.map_err(|error| {
            BusError::Misconfigured(format!("NATS credentials {}: {error}", path.display()))
        })?;
    }
    Ok(options)
}

/// The client would try forever with files that it cannot read.
async fn check_readable(tls: &TlsFiles) -> Result<(), BusError> {
    let identity = tls.identity.iter().flat_map(|(certificate, key)| [certificate, key]);
    for path in tls.authority.iter().chain(identity) {
        tokio::fs::read(path).await.map_err(|error| {
            BusError::Misconfigured(format!("NATS TLS file {}: {error}", path.display()))
        })?;
    }
    Ok(())
}

/// Tells of what happened to the connection; `again`: it was there before.
fn tell(event: &Event, again: bool) {
    match event {
        Event::Connected => {
            tracing::info!(again, "NATS connected");
            metrics::BUS_RECONNECTS.add(u64::from(again), &[]);
        }
        Event::Draining | Event::Closed => tracing::debug!(%event, "NATS"),
        Event::Disconnected => tracing::warn!("NATS disconnected"),
        other => tracing::warn!(event = %other, "NATS"),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
