//! The same services as four processes would run them: each with its own folder, key ring, certificate,
//! PostgreSQL role and NATS connection, and mutual TLS between them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use futures::FutureExt;
use kefu_kernel::Ambient;
use kefu_runtime::config::{Config, Internal, SecretRef, ServiceSection, Words};
use kefu_runtime::drain::StopSignal;
use kefu_runtime::{Running, keys};
use kefu_testkit::certs::Authority;
use kefu_testkit::nats::Nats;
use kefu_testkit::ports;
use kefu_testkit::postgres::{Database, Postgres};

use crate::door::KEY;
use crate::rig::{Caller, suite};

const SERVICES: [&str; 3] = ["counter", "ledger", "door"];

/// What the processes of one installation share.
struct Site<'a> {
    folder: &'a Path,
    authority: Authority,
    database: Database<'a>,
    nats: &'a Nats,
    /// Of each process: its service and internal port.
    ports: Vec<(&'static str, u16)>,
}

impl Site<'_> {
    /// The configuration of the process with this internal port.
    fn config(&self, service: &'static str, port: u16) -> Config {
        let folder = self.folder.join(format!("{service}-{port}"));
        let identity = self.authority.issue(service);
        let nats = self.nats.identity(service);
        let mut config = Config { data_dir: folder, ..Config::default() };
        config.services = Words::from([service]);
        config.listen.public = SocketAddr::from(([127, 0, 0, 1], 0));
        config.listen.internal = Some(SocketAddr::from(([127, 0, 0, 1], port)));
        config.internal = Internal {
            cert: Some(identity.certificate),
            key: Some(identity.key),
            ca: Some(identity.authority),
        };
        config.bus.nats.urls = Words(vec![self.nats.url()]);
        config.bus.nats.ca = Some(nats.authority);
        config.bus.nats.cert = Some(nats.certificate);
        config.bus.nats.key = Some(nats.key);
        config.keys.ring = Some(SecretRef::File(self.ring(service)));
        let peers = SERVICES.iter().filter(|other| **other != service);
        config.keys.peers = Words(peers.map(|peer| display(&self.public(peer))).collect());
        for other in SERVICES {
            let mut section = ServiceSection::default();
            if other == service {
                section.database.url = Some(self.database.verified_url(service));
            } else {
                let replicas = self.ports.iter().filter(|(name, _)| *name == other);
                let address = |(_, port): &(_, u16)| format!("https://localhost:{port}");
                section.addresses = Words(replicas.map(address).collect());
            }
            config.service.insert(other.to_owned(), section);
        }
        config
    }

    fn ring(&self, service: &str) -> PathBuf {
        self.folder.join(format!("{service}.ring"))
    }

    fn public(&self, service: &str) -> PathBuf {
        self.folder.join(format!("{service}.json"))
    }

    /// A key ring for each service, and its public half for the others.
    fn make_keys(&self) {
        let ambient = Ambient::system();
        for service in SERVICES {
            let ring = keys::read_or_create(&self.ring(service), &ambient).expect("it can be made");
            let public = keys::PublicKeys::of(&ring, &[service], &ambient).to_json();
            std::fs::write(self.public(service), public).expect("the folder is writable");
            self.database.schema(service);
        }
    }

    async fn start(&self, service: &'static str, port: u16) -> Running {
        let config = self.config(service, port);
        suite().migrate(&config).await.expect("its role owns the schema");
        suite().start(config).await.expect("everything that it needs is there")
    }
}

fn display(path: &Path) -> String {
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_services_work_as_several_processes() {
    let (Some(postgres), Some(nats)) = (Postgres::shared(), Nats::start_with_tls()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let site = Site {
        folder: folder.path(),
        authority: Authority::new(folder.path()),
        database: postgres.database(),
        nats: &nats,
        ports: ["counter", "counter", "ledger", "door"]
            .map(|service| (service, ports::free()))
            .to_vec(),
    };
    site.make_keys();
    let mut running = Vec::new();
    for (service, port) in &site.ports {
        running.push(site.start(service, *port).await);
    }
    let caller = Caller::new(running[3].address().expect("the door is open"), KEY);

    for by in 1..=10i64 {
        caller.add(u128::from(by.unsigned_abs()), by).await;
    }
    caller.ledger_knows(55, 0).await;

    // One of two counters goes; its partitions' leases and all calls go over to the other.
    running.remove(0).shutdown(StopSignal::Interrupt).await;
    for by in 1..=10i64 {
        caller.add(u128::from(by.unsigned_abs()), by).await;
    }
    caller.ledger_knows(110, 0).await;
    for process in running {
        assert!(process.failed().now_or_never().is_none(), "a vital task has ended");
        process.shutdown(StopSignal::Interrupt).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_migrated_by_hand() {
    let (Some(postgres), Some(nats)) = (Postgres::shared(), Nats::start_with_tls()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let site = Site {
        folder: folder.path(),
        authority: Authority::new(folder.path()),
        database: postgres.database(),
        nats: &nats,
        ports: SERVICES.map(|service| (service, ports::free())).to_vec(),
    };
    site.make_keys();
    let config = site.config("counter", site.ports[0].1);
    let refused = suite().start(config).await.err().expect("its tables are missing");
    assert!(format!("{refused:#}").contains("kefu migrate"), "{refused:#}");
}
