//! Every key of the configuration, with its meaning and its default.
//!
//! The comment on a field is its entry in the reference that `kefu check --reference` prints. Rules
//! between keys are in [`super::validate`].

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use kefu_kernel::Calendar;
use kefu_kernel::calendar::{CalendarSpec, Interval};
use kefu_kernel::zone::Weekday;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options::Options;
use super::values::{Period, SecretRef, Words};

/// The configuration of one process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Config {
    /// The folder that holds everything this process keeps on disk; it belongs to one process at a
    /// time.
    pub data_dir: PathBuf,
    /// Services that run in this process; empty means all of them.
    pub services: Words,
    pub listen: Listen,
    pub public: Public,
    pub internal: Internal,
    pub service: BTreeMap<String, ServiceSection>,
    pub bus: Bus,
    pub retention: Retention,
    pub keys: Keys,
    pub telemetry: Telemetry,
    pub limits: Limits,
    pub clock: Clock,
    pub company: Company,
    pub drain: Drain,
    /// The services' own options, typed by each service; read from `service.<name>.options`.
    #[serde(skip)]
    pub options: Options,
}

/// Addresses to listen on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Listen {
    /// Where callers reach the gateway: gRPC, gRPC-Web and REST on one port. Port 0 takes a free one.
    pub public: SocketAddr,
    /// Where Kefu's other processes reach this one, by mutual TLS; unset where all services are in
    /// one process.
    pub internal: Option<SocketAddr>,
}

/// The way to callers: TLS and browsers. The files are re-read while running when they change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Public {
    /// The certificate chain that callers see, PEM; unset for plain connections.
    pub cert: Option<PathBuf>,
    /// Its private key, PEM.
    pub key: Option<PathBuf>,
    /// Allows plain connections from other machines, for a proxy in front that ends TLS.
    pub plaintext: bool,
    /// Origins whose pages may call from a browser, `https://console.example.org`; empty for none.
    pub allowed_origins: Words,
}

/// Mutual TLS between Kefu's own processes. The files are re-read while running when they change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Internal {
    /// This process's certificate chain, PEM, for serving and for calling.
    pub cert: Option<PathBuf>,
    /// Its private key, PEM.
    pub key: Option<PathBuf>,
    /// The authority that signs the certificates of all of Kefu's processes, PEM.
    pub ca: Option<PathBuf>,
}

/// What concerns one service, wherever it runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ServiceSection {
    /// Internal addresses of its processes, `https://10.0.0.5:7701`, where it runs elsewhere.
    pub addresses: Words,
    pub database: Database,
    /// The service's own options; see its README.
    pub options: BTreeMap<String, serde_json::Value>,
}

/// A service's database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Database {
    /// `postgres://kefu_tickets@db.example:5432/kefu` without a password; unset for a SQLite file in
    /// the data folder.
    pub url: Option<String>,
    /// Where the password of the URL's role is, file:PATH or env:NAME.
    pub password: Option<SecretRef>,
    /// The authority that signed the server's certificate, PEM; with it, certificate and host name
    /// are verified.
    pub ca: Option<PathBuf>,
    /// Connections for reading; one more writes.
    pub connections: u32,
}

/// What carries events between services.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Bus {
    pub nats: Nats,
}

/// NATS with JetStream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Nats {
    /// Addresses of the servers, `tls://10.0.0.9:4222`; empty for the log embedded in this process.
    pub urls: Words,
    /// The authority that signed the servers' certificates, PEM; unset for the system's roots.
    pub ca: Option<PathBuf>,
    /// The certificate that this process shows, PEM, where the servers know users by certificate.
    pub cert: Option<PathBuf>,
    /// Its private key, PEM.
    pub key: Option<PathBuf>,
    /// A credentials file as `nsc` writes it, where the servers know users by token.
    pub credentials: Option<PathBuf>,
    /// Copies of each stream in the cluster, 1 to 5.
    pub replicas: usize,
}

/// What is dropped when it is old.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Retention {
    /// Whole months that each service's event log keeps beside the present one, 1 to 1200; unset for
    /// all of them. The log is also the audit trail and what projections are rebuilt from. A month
    /// stays while a consumer has not folded it.
    pub events_months: Option<u32>,
}

/// Keys of this process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Keys {
    /// Where this process's key ring is, file:PATH or env:NAME; unset for one made at the first start
    /// in the data folder. `kefu key` makes and rotates it.
    pub ring: Option<SecretRef>,
    /// Files with the public halves of the other processes' keys, as `kefu key public` writes them.
    pub peers: Words,
}

/// Traces, metrics and logs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Telemetry {
    /// The OpenTelemetry collector that gets traces, metrics and logs by gRPC,
    /// `http://127.0.0.1:4317`; unset for logs on stderr only.
    pub endpoint: Option<String>,
    /// The authority that signed the collector's certificate, PEM; unset for the system's roots.
    pub ca: Option<PathBuf>,
    /// The share of traces kept, from 0 to 1, where the caller did not decide.
    pub sample_ratio: f64,
    /// How often metrics are sent.
    pub metrics_interval: Period,
    /// Which log lines are kept, `LEVEL` or `TARGET=LEVEL` divided by commas.
    pub log: String,
    /// How log lines look on stderr: text for people, json for machines.
    pub log_format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// What bounds callers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Limits {
    /// Streams open at once on one connection.
    pub streams_per_connection: u32,
    /// Unary calls in flight before more are turned away.
    pub calls_in_flight: u32,
    /// Streams open at once in all.
    pub streams: u32,
    /// Connections open at once.
    pub connections: u32,
    /// Connections open at once from one address.
    pub connections_per_address: u32,
    /// How long a handshake and the headers of a request may take.
    pub handshake: Period,
    /// The deadline of a unary call that brings none.
    pub deadline: Period,
    /// The longest deadline that a unary call may bring.
    pub deadline_max: Period,
    /// How long a watch may last before its caller resumes it from the cursor.
    pub watch: Period,
    /// How often a watch sends a heartbeat.
    pub watch_heartbeat: Period,
    /// The age at which a connection is asked to go.
    pub connection_age: Period,
    /// How long streams may go on upon a connection that was asked to go.
    pub connection_grace: Period,
    /// Calls per second that one caller may make, over time.
    pub calls_per_second: u32,
    /// Calls that one caller may make at once before that rate applies.
    pub calls_burst: u32,
}

/// The record clock: what dates events and drives deadlines. It may be moved for demonstrations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Clock {
    /// Allows `clock.file`. Never on an installation with real data.
    pub allow_offset: bool,
    /// A file with the milliseconds by which the record clock runs ahead; all processes that name it
    /// follow it. Also set by `KEFU_CLOCK_FILE`.
    pub file: Option<PathBuf>,
}

/// The company that this installation serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Company {
    /// Its name, as staff and callers see it.
    pub name: String,
    /// The zone of its days in reports and of its default calendar, an IANA name such as
    /// `Europe/Madrid`.
    pub zone: String,
    /// Working days of the calendar that the first start makes; later it is changed by API.
    pub work_days: Words,
    /// Working hours of those days, `09:00-13:00,15:00-19:00`.
    pub work_hours: Words,
}

/// How the process stops.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Drain {
    /// How long it goes on serving, as NOT_SERVING, so that balancers notice; an interrupt from a
    /// terminal skips it.
    pub notice: Period,
    /// How long calls in flight may take to finish.
    pub calls: Period,
    /// How long relays, consumers and other background work may take to finish.
    pub work: Period,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: "kefu-data".into(),
            services: Words::default(),
            listen: Listen::default(),
            public: Public::default(),
            internal: Internal::default(),
            service: BTreeMap::new(),
            bus: Bus::default(),
            retention: Retention::default(),
            keys: Keys::default(),
            telemetry: Telemetry::default(),
            limits: Limits::default(),
            clock: Clock::default(),
            company: Company::default(),
            drain: Drain::default(),
            options: Options::default(),
        }
    }
}

impl Default for Listen {
    fn default() -> Self {
        Self { public: SocketAddr::from(([127, 0, 0, 1], 7700)), internal: None }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { url: None, password: None, ca: None, connections: 8 }
    }
}

impl Default for Nats {
    fn default() -> Self {
        Self {
            urls: Words::default(),
            ca: None,
            cert: None,
            key: None,
            credentials: None,
            replicas: 1,
        }
    }
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            endpoint: None,
            ca: None,
            sample_ratio: 1.0,
            metrics_interval: Period::seconds(30),
            log: "warn,kefu=info".into(),
            log_format: LogFormat::Text,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            streams_per_connection: 128,
            calls_in_flight: 2_048,
            streams: 20_000,
            connections: 10_000,
            connections_per_address: 256,
            handshake: Period::seconds(5),
            deadline: Period::seconds(10),
            deadline_max: Period::seconds(30),
            watch: Period::minutes(15),
            watch_heartbeat: Period::seconds(15),
            connection_age: Period::minutes(10),
            connection_grace: Period::minutes(15),
            calls_per_second: 200,
            calls_burst: 1_000,
        }
    }
}

impl Default for Company {
    fn default() -> Self {
        Self {
            name: "Kefu".into(),
            zone: "Etc/UTC".into(),
            work_days: Words::from(["monday", "tuesday", "wednesday", "thursday", "friday"]),
            work_hours: Words::from(["09:00-18:00"]),
        }
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self { notice: Period::seconds(5), calls: Period::seconds(15), work: Period::seconds(10) }
    }
}

impl Company {
    /// The calendar that the first start makes.
    pub fn calendar(&self) -> Result<Calendar, String> {
        let hours: Vec<Interval> = self
            .work_hours
            .0
            .iter()
            .map(|text| text.parse().map_err(|error| format!("`{text}`: {error}")))
            .collect::<Result<_, _>>()?;
        let day = |name: &String| {
            let read = serde_json::from_value::<Weekday>(name.to_lowercase().into());
            read.map_err(|_| format!("`{name}` is no day of the week"))
                .map(|day| (day, hours.clone()))
        };
        let spec = CalendarSpec {
            code: "default".into(),
            revision: 1,
            time_zone: self.zone.clone(),
            week: self.work_days.0.iter().map(day).collect::<Result<_, _>>()?,
            special_days: Vec::new(),
        };
        Calendar::new(spec).map_err(|error| error.to_string())
    }
}

impl Config {
    /// The section of `service`, with defaults where it has none.
    pub fn service(&self, service: &str) -> ServiceSection {
        self.service.get(service).cloned().unwrap_or_default()
    }
}
