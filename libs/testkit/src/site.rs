//! The kefu binary as an installation runs it: one process over SQLite, or four over PostgreSQL and NATS
//! with the files of deploy/ and every step of its README, so that these are proven by use.
//!
//! In the second shape everything is encrypted and known by certificate: the processes to each other,
//! and PostgreSQL and NATS to them. All processes follow one clock file.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Mutex as Brief;
use std::time::Duration;

use anyhow::Context;
use kefu_runtime::clock::write_offset;
use kefu_store::{StoreConfig, Tls};
use tokio::sync::Mutex;

use crate::certs::Authority;
use crate::guard::Folder;
use crate::nats::Nats;
use crate::otlp::Collector;
use crate::ports;
use crate::postgres::Postgres;
use crate::process::{Process, Start, kefu_binary};

/// The services, each with a schema, a role and a key ring of its own.
pub const SERVICES: [&str; 3] = ["gateway", "tickets", "reporting"];
/// The processes of the split shape, and what each runs.
const SPLIT: [(&str, &str); 4] = [
    ("gateway", "gateway"),
    ("tickets-1", "tickets"),
    ("tickets-2", "tickets"),
    ("reporting", "reporting"),
];
/// The name of the only process of the other shape.
const WHOLE: &str = "kefu";

/// Servers, files and processes of one installation.
pub struct Site {
    folder: Folder,
    servers: Option<Servers>,
    /// The configuration of each process.
    plans: BTreeMap<&'static str, PathBuf>,
    processes: Mutex<BTreeMap<&'static str, Process>>,
    ahead: Brief<Duration>,
    public: SocketAddr,
    collector: Option<Collector>,
}

struct Servers {
    postgres: Postgres,
    nats: Nats,
    authority: Authority,
}

impl Site {
    /// All services in one process, each over a SQLite file. None, with the reason printed, where the
    /// binary is not built.
    pub async fn whole() -> Option<Self> {
        let site = Self::empty(None)?;
        let text = format!("{}\n{}", site.common(WHOLE), site.public_port());
        Some(site.begin(&[(WHOLE, text)]).await)
    }

    /// The gateway, two replicas of tickets and reporting, each a process. None, with the reason
    /// printed, where the binary or a server is missing. Spans go to `collector`.
    pub async fn split(collector: Option<Collector>) -> Option<Self> {
        if std::env::var("KEFU_TEST_BACKENDS").is_ok_and(|wanted| wanted == "embedded") {
            println!("not run in several processes: KEFU_TEST_BACKENDS=embedded");
            return None;
        }
        let mut site = Self::empty(collector)?;
        let authority = Authority::new(site.folder.path());
        let postgres = Postgres::deployed(&deploy(), &authority)?;
        let nats = Nats::deployed(&deploy(), &authority)?;
        site.servers = Some(Servers { postgres, nats, authority });
        site.prepare().await.expect("an operator's steps succeed");
        let ports = SPLIT.map(|(process, service)| (process, service, ports::free()));
        let texts =
            ports.map(|(process, service, _)| (process, site.part(process, service, &ports)));
        Some(site.begin(&texts).await)
    }

    fn empty(collector: Option<Collector>) -> Option<Self> {
        if !kefu_binary().exists() {
            return crate::absent("the kefu binary", "it is not built: cargo build -p kefu");
        }
        Some(Self {
            folder: Folder::new("site"),
            servers: None,
            plans: BTreeMap::new(),
            processes: Mutex::default(),
            ahead: Brief::default(),
            public: SocketAddr::from(([127, 0, 0, 1], ports::free())),
            collector,
        })
    }

    /// The database, roles and schemas, and the keys of each service.
    async fn prepare(&self) -> anyhow::Result<()> {
        let Some(servers) = &self.servers else { return Ok(()) };
        let init = Start::new("init.sh", "bash").arg(deploy().join("postgres/init.sh"));
        let mut init = init.arg(self.folder.path());
        for (name, value) in servers.postgres.superuser() {
            init = init.env(name, value);
        }
        done(init).await?;
        for service in SERVICES {
            let ring = self.file(service, "ring");
            done(Start::kefu("kefu").args(&["key", "new"]).arg(&ring)).await?;
            let show = Start::kefu("kefu").args(&["key", "public"]).arg(&ring).arg(service);
            std::fs::write(self.file(service, "json"), done(show).await?)?;
        }
        Ok(())
    }

    /// Writes the configurations, migrates what a server keeps, and starts every process.
    async fn begin(mut self, texts: &[(&'static str, String)]) -> Self {
        for (process, text) in texts {
            let path = self.folder.join(&format!("{process}.toml"));
            std::fs::write(&path, text).expect("the folder is writable");
            self.plans.insert(process, path);
        }
        if self.servers.is_some() {
            let migrate = |process| done(self.command(process, "migrate"));
            let all = (migrate("gateway"), migrate("tickets-1"), migrate("reporting"));
            let migrated = tokio::try_join!(all.0, all.1, all.2);
            migrated.expect("each role owns its schema");
        }
        for (process, _) in texts {
            self.launch(process).await;
        }
        for (process, _) in texts {
            self.says(process, " runs ").await;
        }
        self
    }

    fn command(&self, process: &str, command: &str) -> Start {
        let start = Start::kefu(process).args(&[command, "--config"]).arg(&self.plans[process]);
        start.folder(self.folder.path()).env("KEFU_CLOCK_FILE", self.clock())
    }

    async fn launch(&self, process: &'static str) {
        let started = self.command(process, "serve").spawn().expect("it can be started");
        self.processes.lock().await.insert(process, started);
    }

    async fn says(&self, process: &str, text: &str) -> String {
        let said = self.processes.lock().await[process].line(text).await;
        said.expect("it is well and says so")
    }

    /// The names of the processes.
    pub fn processes(&self) -> Vec<&'static str> {
        self.plans.keys().copied().collect()
    }

    /// The process id of a process.
    pub async fn id(&self, process: &str) -> u32 {
        self.processes.lock().await[process].id()
    }

    /// SIGKILL, and its end.
    pub async fn kill(&self, process: &str) {
        let mut processes = self.processes.lock().await;
        let process = processes.get_mut(process).expect("a process of this site");
        assert!(process.runs(), "it ended by itself: {:#?}", process.lines());
        process.kill();
    }

    /// Starts a process that was killed, and waits until it serves.
    pub async fn restart(&self, process: &'static str) {
        self.launch(process).await;
        self.says(process, " runs ").await;
    }

    /// Asks every process to stop, and waits until each has, in good order.
    pub async fn stop(&self) {
        let mut processes = self.processes.lock().await;
        for process in processes.values_mut() {
            assert!(process.runs(), "it ended by itself: {:#?}", process.lines());
            process.terminate();
        }
        for process in processes.values_mut() {
            let status = process.finished().await.expect("it ends");
            assert!(status.success(), "it ended with {status}: {:#?}", process.lines());
        }
    }

    /// How far the record clock runs ahead of the machine's.
    pub fn ahead(&self) -> Duration {
        *self.ahead.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Moves the record clock on, and waits until every process has seen it.
    pub async fn advance(&self, by: Duration) {
        let ahead = {
            let mut ahead = self.ahead.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            *ahead += by;
            *ahead
        };
        write_offset(&self.clock(), ahead).expect("the folder is writable");
        for process in self.processes() {
            self.says(process, &format!("offset_ms={}", ahead.as_millis())).await;
        }
    }

    /// Where callers reach the gateway.
    pub fn public(&self) -> SocketAddr {
        self.public
    }

    /// The gateway's data folder.
    pub fn data(&self) -> PathBuf {
        self.data_of(if self.servers.is_some() { "gateway" } else { WHOLE })
    }

    /// What spans go to.
    pub fn collector(&self) -> Option<&Collector> {
        self.collector.as_ref()
    }

    /// Runs statements as the role of `service`, over TLS or without it.
    pub fn ask(&self, service: &str, encrypted: bool, statements: &str) -> anyhow::Result<String> {
        let servers = self.servers.as_ref().context("a site with PostgreSQL")?;
        let role = format!("kefu_{service}");
        servers.postgres.ask(&role, &self.password(service), encrypted, statements)
    }

    /// How a service's database is opened, for one who looks.
    pub(crate) fn store(&self, service: &str) -> StoreConfig {
        let mut config = match &self.servers {
            None => {
                let file = self.data().join(format!("{service}.db"));
                StoreConfig::new(service, format!("sqlite://{}", file.display()))
            }
            Some(servers) => {
                let (port, password) = (servers.postgres.port(), self.password(service));
                let url = format!("postgres://kefu_{service}:{password}@localhost:{port}/kefu");
                let mut config = StoreConfig::new(service, url);
                let root_cert = servers.authority.certificate();
                config.tls = Some(Tls { root_cert, client: None });
                config
            }
        };
        config.read_connections = 2;
        config.write_connections = 1;
        config
    }

    fn password(&self, service: &str) -> String {
        let kept = std::fs::read_to_string(self.file(service, "password"));
        kept.expect("init.sh wrote it").trim().to_owned()
    }

    fn file(&self, service: &str, kind: &str) -> PathBuf {
        self.folder.join(&format!("{service}.{kind}"))
    }

    fn clock(&self) -> PathBuf {
        self.folder.join("clock")
    }

    fn data_of(&self, process: &str) -> PathBuf {
        self.folder.join(&format!("{process}-data"))
    }

    /// What every process is told.
    fn common(&self, process: &str) -> String {
        let endpoint = self.collector.as_ref().map(Collector::endpoint);
        let endpoint = endpoint.map(|url| format!("telemetry.endpoint = \"{url}\"\n"));
        format!(
            "data_dir = \"{}\"\nclock.allow_offset = true\ndrain.notice = \"0s\"\n{}",
            self.data_of(process).display(),
            endpoint.unwrap_or_default()
        )
    }

    fn public_port(&self) -> String {
        format!("listen.public = \"{}\"\n", self.public)
    }

    /// The configuration of one process of several, as deploy/README.md has it.
    fn part(&self, process: &str, service: &str, ports: &[(&str, &str, u16)]) -> String {
        let servers = self.servers.as_ref().expect("a split site has servers");
        let folder = self.folder.join(process);
        std::fs::create_dir_all(&folder).expect("the folder is writable");
        let own = servers.authority.issue_to(&folder, service);
        let identity = format!(
            "ca = \"{}\", cert = \"{}\", key = \"{}\"",
            own.authority.display(),
            own.certificate.display(),
            own.key.display()
        );
        let others = SERVICES.iter().filter(|other| **other != service);
        let peers: Vec<String> =
            others.clone().map(|other| quoted(&self.file(other, "json"))).collect();
        let mut text = self.common(process) + &self.public_port();
        for (name, _, port) in ports.iter().filter(|(name, ..)| *name == process) {
            text += &format!("# {name}\nlisten.internal = \"127.0.0.1:{port}\"\n");
        }
        text += &format!("services = \"{service}\"\ninternal = {{ {identity} }}\n");
        text += &format!("keys.ring = \"file:{}\"\n", self.file(service, "ring").display());
        text += &format!("keys.peers = [{}]\n", peers.join(", "));
        text += &format!("bus.nats = {{ urls = \"{}\", {identity} }}\n", servers.nats.url());
        for other in others {
            let places = ports.iter().filter(|(_, runs, _)| runs == other);
            let places: Vec<String> =
                places.map(|(.., port)| format!("https://localhost:{port}")).collect();
            text += &format!("service.{other}.addresses = \"{}\"\n", places.join(","));
        }
        text + &format!(
            "[service.{service}.database]\n\
             url = \"postgres://kefu_{service}@localhost:{}/kefu\"\n\
             password = \"file:{}\"\nca = {}\n",
            servers.postgres.port(),
            self.file(service, "password").display(),
            quoted(&own.authority)
        )
    }
}

/// Runs a command to its end; what it wrote.
async fn done(start: Start) -> anyhow::Result<String> {
    let mut process = start.spawn()?;
    let status = process.finished().await?;
    let said = process.lines().join("\n");
    anyhow::ensure!(status.success(), "{status}:\n{said}");
    Ok(said)
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

/// The files that are shipped for operators.
fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}
