//! What all services of a process share: its folder, keys, clock, bus and task groups.

use std::sync::Arc;

use anyhow::Context as _;
use kefu_bus::Bus;
use kefu_kernel::Ambient;
use kefu_rpc::{Authentication, RoleTable, Roles, StackConfig};
use kefu_store::Faults;
use kefu_store::seal::KeyRing;
use tokio_util::sync::CancellationToken;

use crate::clock::OffsetClock;
use crate::config::Config;
use crate::data::DataFolder;
use crate::keys::{self, PublicKeys};
use crate::outgoing::RequestIds;
use crate::service::Service;
use crate::suite::Surroundings;
use crate::tasks::{Group, Tasks};
use crate::{backends, listen, systemd};

pub(crate) struct Shared {
    pub config: Arc<Config>,
    pub data: Arc<DataFolder>,
    pub ambient: Ambient,
    pub faults: Option<Arc<dyn Faults>>,
    pub ring: KeyRing,
    /// Of all services that this process must believe, itself included.
    pub public_keys: PublicKeys,
    /// The services that may present others than themselves.
    pub speakers: Vec<&'static str>,
    /// All services of the installation with their descriptor sets.
    pub installed: Arc<[(&'static str, &'static [u8])]>,
    pub request_ids: Arc<RequestIds>,
    /// The roles that every service starts with.
    pub roles: RoleTable,
    pub bus: Bus,
    /// This process's name in leases.
    pub holder: Arc<str>,
    pub groups: Groups,
    /// Cancelled when the process begins to stop: open streams then end.
    pub draining: CancellationToken,
}

/// The process's tasks, in the order in which they are stopped: the ports first, so that calls finish
/// while everything behind them still works; what wakes and connects the others last.
pub(crate) struct Groups {
    pub all: Tasks,
    /// The ports.
    pub front: Group,
    /// What takes work by itself: consumers, timers, outgoing commands, services' own tasks.
    pub pull: Group,
    /// The command runners.
    pub commands: Group,
    /// Numbering and relay: they bring out what the last commands recorded.
    pub relay: Group,
    /// Wake-ups, the bus, clock and certificates.
    pub base: Group,
}

impl Groups {
    fn new() -> Self {
        let all = Tasks::default();
        Self {
            front: all.group("front"),
            pull: all.group("pull"),
            commands: all.group("commands"),
            relay: all.group("relay"),
            base: all.group("base"),
            all,
        }
    }
}

impl Shared {
    pub(crate) async fn open(
        config: Config,
        around: Surroundings,
        installed: &[Service],
        chosen: &[&Service],
        roles: RoleTable,
    ) -> anyhow::Result<Self> {
        let data = DataFolder::open(&config.data_dir)?;
        let groups = Groups::new();
        let ambient = match around.ambient {
            Some(ambient) => ambient,
            None => clock(&config, &groups)?,
        };
        let ring = match &config.keys.ring {
            Some(place) => keys::read(place).context("keys.ring")?,
            None => keys::read_or_create(&data.ring(), &ambient)?,
        };
        let names: Vec<&str> = chosen.iter().map(|service| service.name).collect();
        let mut public_keys = PublicKeys::of(&ring, &names, &ambient);
        for peer in &config.keys.peers.0 {
            public_keys.add(PublicKeys::read(peer.as_ref()).context("keys.peers")?);
        }
        let bus = backends::bus(&config, &data, &names);
        let (bus, bus_task) = Bus::open(bus, ambient.clone()).await.context("the bus")?;
        groups.base.vital("bus", |stop| bus_task.run(stop));
        groups.base.vital("systemd watchdog", systemd::watchdog);
        let described: Arc<[(&'static str, &'static [u8])]> =
            installed.iter().map(|one| (one.name, one.descriptors)).collect();
        let speakers = installed.iter().filter(|service| service.speaks_for_others);
        Ok(Self {
            speakers: speakers.map(|service| service.name).collect(),
            request_ids: Arc::new(RequestIds::of(&described)?),
            installed: described,
            holder: holder(&ambient),
            draining: CancellationToken::new(),
            config: Arc::new(config),
            data: Arc::new(data),
            faults: around.faults,
            ambient,
            ring,
            public_keys,
            roles,
            bus,
            groups,
        })
    }

    /// A stack of this process.
    pub(crate) fn stack(
        &self,
        authentication: Authentication,
        roles: Roles,
        fingerprint_key: [u8; 32],
    ) -> StackConfig {
        StackConfig {
            authentication,
            roles,
            limits: listen::stack_limits(&self.config.limits),
            fingerprint_key,
            draining: self.draining.clone(),
            ambient: self.ambient.clone(),
        }
    }
}

/// The machine's clocks, or the record clock moved by the file that the configuration names.
fn clock(config: &Config, groups: &Groups) -> anyhow::Result<Ambient> {
    match &config.clock.file {
        Some(file) if config.clock.allow_offset => {
            let clock = OffsetClock::open(file).context("clock.file")?;
            let ambient = clock.ambient();
            groups.base.vital("clock", |stop| clock.follow(stop));
            Ok(ambient)
        }
        _ => Ok(Ambient::system()),
    }
}

/// A name that no other process has, nor this one at another start.
fn holder(ambient: &Ambient) -> Arc<str> {
    let mut random = [0u8; 8];
    ambient.fill_random(&mut random);
    format!("{}-{:016x}", std::process::id(), u64::from_be_bytes(random)).into()
}
