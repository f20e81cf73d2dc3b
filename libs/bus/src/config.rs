//! What carries the events, and within which bounds.

use std::path::PathBuf;
use std::time::Duration;

use crate::backoff::Backoff;

/// Settings of a bus. The two constructors give the defaults.
#[derive(Clone, Debug)]
pub struct BusConfig {
    /// What carries the events.
    pub carrier: Carrier,
    /// How long events are kept, by machine time. Default 7 days.
    pub max_age: Duration,
    /// How many events a subscription hands out before the first of them must be acknowledged, and
    /// so how many it holds in memory. Default 1024.
    pub max_unacknowledged: usize,
    /// How long [`crate::Subscription::retry`] waits, by how often it was asked in a row. Default 1 s
    /// doubling to 2 min.
    pub redelivery: Backoff,
}

/// What carries the events.
#[derive(Clone, Debug)]
pub enum Carrier {
    /// A SQLite file of the one process that uses it.
    Embedded {
        /// The file; it and its `-wal` and `-shm` are created where they are missing.
        path: PathBuf,
    },
    /// NATS JetStream, for several processes.
    JetStream(Box<JetStreamConfig>),
}

/// Settings of the connection to NATS and of what is made there.
#[derive(Clone, Debug)]
pub struct JetStreamConfig {
    /// One or more of `nats://host:port` or `tls://host:port`.
    pub servers: Vec<String>,
    /// The connection's name, as the server's monitoring shows it. Default `kefu`.
    pub name: String,
    /// Files for TLS; with them TLS is demanded of the server. Read again at each reconnection.
    pub tls: Option<TlsFiles>,
    /// A credentials file (JWT and seed), as `nsc` writes it.
    pub credentials: Option<PathBuf>,
    /// Copies of each stream in the cluster, 1 to 5. Default 1.
    pub replicas: usize,
    /// The largest size of a stream in bytes, oldest discarded first; none: by age only.
    pub max_bytes: Option<i64>,
    /// How long the server drops an event id that it has stored before. Default 10 min; the
    /// consumers' checkpoints, not this, are what makes effects happen once.
    pub duplicate_window: Duration,
    /// How many events are sent before their acknowledgements are awaited. Default 256.
    pub publish_window: usize,
    /// The longest wait for an answer of the server. Default 5 s.
    pub timeout: Duration,
    /// After which time the server gives to another holder what one took and did not acknowledge.
    /// Default 30 s.
    pub ack_wait: Duration,
    /// How often the server shows a waiting subscriber that it is there; after twice this time of
    /// silence the subscription is built anew. Default 5 s.
    pub heartbeat: Duration,
    /// The wait before a failed connection or subscription is tried again. Default 100 ms doubling
    /// to 5 s.
    pub reconnect: Backoff,
}

/// PEM files for a TLS connection.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The authority that signed the server's certificate; none: those of the system.
    pub authority: Option<PathBuf>,
    /// This process's certificate and key, where the server demands one.
    pub identity: Option<(PathBuf, PathBuf)>,
}

impl BusConfig {
    /// A log in the file at `path`.
    pub fn embedded(path: impl Into<PathBuf>) -> Self {
        Self::with(Carrier::Embedded { path: path.into() })
    }

    /// JetStream as `config` describes it.
    pub fn jetstream(config: JetStreamConfig) -> Self {
        Self::with(Carrier::JetStream(Box::new(config)))
    }

    fn with(carrier: Carrier) -> Self {
        Self {
            carrier,
            max_age: Duration::from_secs(7 * 24 * 3600),
            max_unacknowledged: 1024,
            redelivery: Backoff { first: Duration::from_secs(1), most: Duration::from_secs(120) },
        }
    }
}

impl JetStreamConfig {
    /// The defaults for `servers`.
    pub fn new(servers: Vec<String>) -> Self {
        Self {
            servers,
            name: "kefu".into(),
            tls: None,
            credentials: None,
            replicas: 1,
            max_bytes: None,
            duplicate_window: Duration::from_secs(600),
            publish_window: 256,
            timeout: Duration::from_secs(5),
            ack_wait: Duration::from_secs(30),
            heartbeat: Duration::from_secs(5),
            reconnect: Backoff { first: Duration::from_millis(100), most: Duration::from_secs(5) },
        }
    }
}
