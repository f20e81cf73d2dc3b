//! Events between services: an embedded log and NATS JetStream behind one contract.
//!
//! The owner's database is the truth about what happened; the bus is a window on the last days that
//! brings it to others quickly. It may therefore lose or repeat anything, and says so only by what
//! its users can see anyway: positions that are missing. What it promises while nothing is lost:
//!
//! - an event that [`Bus::publish`] counts as stored survives the end of this process;
//! - each durable name of a [`ConsumerSpec`] gets every event of its partition, in the order of
//!   publishing, again and again until it is acknowledged;
//! - an event id that is published twice is delivered once, within the window of the carrier;
//! - a carrier that was away, emptied or deleted is used again, and made anew, without a restart.
//!
//! After a holder or the broker died, events may come twice and out of order; a consumer goes by
//! position. The same suite (`tests/contract`) runs over both carriers.

mod backoff;
pub mod cloudevents;
mod config;
mod embedded;
mod error;
mod jetstream;
mod measure;
pub mod subject;
mod subscription;

use std::sync::Arc;
use std::time::{Duration, Instant};

use kefu_kernel::{Ambient, PARTITIONS, Recorded};
use tokio_util::sync::CancellationToken;

pub use backoff::Backoff;
pub use config::{BusConfig, Carrier, JetStreamConfig, TlsFiles};
pub use error::BusError;
pub use subscription::{Delivery, Subscription};

use embedded::EmbeddedLog;
use jetstream::JetStream;
use subscription::Source;

/// The bus of a process. Cheap to clone.
#[derive(Clone)]
pub struct Bus {
    backend: Backend,
    config: Arc<BusConfig>,
}

#[derive(Clone)]
enum Backend {
    Embedded(Arc<EmbeddedLog>),
    JetStream(Arc<JetStream>),
}

/// What the bus does beside its callers; the runtime spawns it.
pub struct BusTask {
    bus: Bus,
}

/// Who reads what: a durable name over one partition of one service's events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerSpec {
    /// The durable name, such as `reporting-live-board`: letters, digits, `-` and `_`.
    pub name: String,
    /// Whose events.
    pub service: String,
    /// 0 to 15.
    pub partition: u8,
}

/// How far a publication came.
#[derive(Debug)]
#[must_use = "what was stored must be marked as published, also where the rest failed"]
pub struct Published {
    /// How many events, counted from the first, are stored. Some after them may be as well.
    pub stored: usize,
    /// Why it ended there; none where all are stored. To publish the rest again is safe.
    pub failure: Option<BusError>,
}

impl Bus {
    /// Opens the log's file, or starts to connect: a broker that is away does not hinder the start.
    pub async fn open(config: BusConfig, ambient: Ambient) -> Result<(Self, BusTask), BusError> {
        let backend = match &config.carrier {
            Carrier::Embedded { path } => {
                Backend::Embedded(EmbeddedLog::open(path, config.max_age, ambient).await?)
            }
            Carrier::JetStream(own) => Backend::JetStream(JetStream::connect(own, &config).await?),
        };
        let bus = Self { backend, config: Arc::new(config) };
        Ok((bus.clone(), BusTask { bus }))
    }

    /// `embedded` or `jetstream`, for logs and attributes of metrics.
    pub fn carrier(&self) -> &'static str {
        match &self.backend {
            Backend::Embedded(_) => "embedded",
            Backend::JetStream(_) => "jetstream",
        }
    }

    /// The carrier as the messaging conventions name it.
    fn system(&self) -> &'static str {
        match &self.backend {
            Backend::Embedded(_) => measure::EMBEDDED,
            Backend::JetStream(_) => measure::NATS,
        }
    }

    /// Makes the place for a service's events, or brings its settings up to date. Publishing and
    /// subscribing do this by themselves; at the start it tells early what is wrong.
    pub async fn ensure(&self, service: &str) -> Result<(), BusError> {
        check_name(service)?;
        match &self.backend {
            Backend::Embedded(_) => Ok(()),
            Backend::JetStream(jetstream) => jetstream.ensure(service).await,
        }
    }

    /// Stores the events in their order and returns when they are stored. It stops at the first that
    /// fails; what comes after that one may be stored too, and is dropped as a duplicate when it is
    /// published again.
    pub async fn publish(&self, events: &[Recorded]) -> Published {
        let mut messages = Vec::with_capacity(events.len());
        let mut failure = None;
        for event in events {
            match cloudevents::encode(event) {
                Ok(message) => messages.push(message),
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        let begun = Instant::now();
        let fit = &events[..messages.len()];
        let sent = match &self.backend {
            Backend::Embedded(log) => log.publish(fit, &messages).await,
            Backend::JetStream(jetstream) => jetstream.publish(fit, &messages).await,
        };
        let published = Published { stored: sent.stored, failure: sent.failure.or(failure) };
        measure::published(self.system(), events, &published, begun);
        published
    }

    /// A subscription under the durable name of `spec`. Nothing is asked of the carrier before its
    /// first batch. Several holders of one name may take the same events.
    pub fn subscribe(&self, spec: ConsumerSpec) -> Result<Subscription, BusError> {
        check(&spec)?;
        let source = match &self.backend {
            Backend::Embedded(log) => Source::Embedded(log.source(&spec)),
            Backend::JetStream(jetstream) => Source::JetStream(Box::new(jetstream.source(&spec))),
        };
        Ok(Subscription::new(source, spec, &self.config))
    }

    /// Forgets a durable name: who takes it next starts at the oldest event.
    pub async fn forget(&self, spec: &ConsumerSpec) -> Result<(), BusError> {
        check(spec)?;
        match &self.backend {
            Backend::Embedded(log) => log.forget(spec).await,
            Backend::JetStream(jetstream) => jetstream.forget(spec).await,
        }
    }

    /// The position of the newest event stored for a partition; 0 where there is none. Less than
    /// what was published tells that the carrier has lost events.
    pub async fn last_position(&self, service: &str, partition: u8) -> Result<i64, BusError> {
        check_name(service)?;
        match &self.backend {
            Backend::Embedded(log) => log.last_position(service, partition).await,
            Backend::JetStream(jetstream) => jetstream.last_position(service, partition).await,
        }
    }

    /// Whether the carrier answers now. A broker that is away is no reason to stop serving: events
    /// wait in their owner's log.
    pub fn is_connected(&self) -> bool {
        match &self.backend {
            Backend::Embedded(log) => log.is_open(),
            Backend::JetStream(jetstream) => jetstream.is_connected(),
        }
    }

    /// What [`BusTask`] does each minute: removes what is too old from the log, makes streams anew
    /// that were deleted.
    pub async fn maintain(&self) -> Result<(), BusError> {
        match &self.backend {
            Backend::Embedded(log) => log.maintain().await,
            Backend::JetStream(jetstream) => jetstream.maintain().await,
        }
    }

    /// Keeps what was acknowledged and closes files and connections. Publishing and subscriptions
    /// fail from here on.
    pub async fn close(&self) {
        match &self.backend {
            Backend::Embedded(log) => log.close().await,
            Backend::JetStream(jetstream) => jetstream.close().await,
        }
    }
}

impl BusTask {
    /// Runs until `stop`; then what was acknowledged is kept. Closing the bus is the caller's.
    pub async fn run(self, stop: CancellationToken) {
        let mut second = tokio::time::interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut seconds: u32 = 0;
        while stop.run_until_cancelled(second.tick()).await.is_some() {
            let done = match (&self.bus.backend, seconds % 60) {
                (_, 59) => self.bus.maintain().await,
                (Backend::Embedded(log), _) => log.keep_acknowledged().await,
                (Backend::JetStream(_), _) => Ok(()),
            };
            if let Err(error) = done {
                tracing::warn!(error = &error as &dyn std::error::Error, "bus maintenance failed");
            }
            seconds = seconds.wrapping_add(1);
        }
        if let Backend::Embedded(log) = &self.bus.backend {
            let _ = log.keep_acknowledged().await;
        }
    }
}

fn check(spec: &ConsumerSpec) -> Result<(), BusError> {
    check_name(&spec.name)?;
    check_name(&spec.service)?;
    if spec.partition < PARTITIONS {
        return Ok(());
    }
    Err(BusError::Misconfigured(format!("there is no partition {}", spec.partition)))
}

fn check_name(name: &str) -> Result<(), BusError> {
    if subject::is_token(name) {
        return Ok(());
    }
    Err(BusError::Misconfigured(format!("`{name}` is no name of a service or consumer")))
}
