//! The suite: all services that the binary holds, and how those chosen become a process.
//!
//! The services are the same wherever they run; only what stands behind the seams differs, and that is
//! decided in three places: [`crate::backends`] (a SQLite file or a PostgreSQL schema, the embedded log
//! or NATS), [`crate::endpoints`] (a place in this process or addresses of others) and
//! [`crate::listen`] (which ports).
//!
//! The order of a start: folder, keys, clock and bus ([`Shared`]) → ports are bound and served,
//! NOT_SERVING ([`crate::doors`]) → each service is put together over its migrated database
//! ([`crate::assemble`]) → background work begins → calls are let through → what [`crate::readiness`] names is
//! there: SERVING ([`crate::running`]).

use std::sync::Arc;

use kefu_kernel::Ambient;
use kefu_rpc::RoleTable;
use kefu_store::{Faults, Store};

use crate::assemble::{build, migrations};
use crate::backends;
use crate::config::{self, Config};
use crate::data::DataFolder;
use crate::doors::Doors;
use crate::endpoints::Places;
use crate::listen::Ports;
use crate::running::Running;
use crate::service::Service;
use crate::shared::Shared;

/// The services that a binary holds.
pub struct Suite {
    services: Vec<Service>,
    roles: RoleTable,
}

/// What a test puts in the place of the machine.
#[derive(Default)]
pub struct Surroundings {
    /// Clocks, ids and randomness; none: the machine's, with the clock file where one is configured.
    pub ambient: Option<Ambient>,
    /// Points at which transactions fail, stop or die.
    pub faults: Option<Arc<dyn Faults>>,
}

impl Suite {
    /// `services`, whose calls are checked with `roles` until they learn of others.
    pub fn new(services: Vec<Service>, roles: RoleTable) -> Self {
        Self { services, roles }
    }

    /// The services with their options: what [`config::load`] and [`config::reference`] ask for.
    pub fn known(&self) -> config::Services<'static> {
        self.services.iter().map(|service| (service.name, service.options)).collect()
    }

    /// Brings the databases of the chosen services to this version's schema.
    pub async fn migrate(&self, config: &Config) -> anyhow::Result<()> {
        let data = DataFolder::open(&config.data_dir)?;
        for service in self.chosen(config) {
            let settings = backends::store(config, &data, service.name)?;
            let store = Store::open(settings, Ambient::system()).await?;
            store.migrate(&migrations(service)).await?;
            store.close().await;
        }
        Ok(())
    }

    /// Starts the chosen services in this process. They serve when this returns; where others run
    /// elsewhere, health tells when this process is ready.
    pub async fn start(&self, config: Config) -> anyhow::Result<Running> {
        self.start_in(config, Surroundings::default()).await
    }

    /// Starts them in surroundings of a test's making.
    pub async fn start_in(&self, config: Config, around: Surroundings) -> anyhow::Result<Running> {
        let chosen = self.chosen(&config);
        let shared =
            Shared::open(config, around, &self.services, &chosen, self.roles.clone()).await?;
        let ports = Ports::bind(&shared.config, &chosen).await?;
        let doors = Doors::serve(&shared, ports).await?;
        let places = Places::find(&shared.config, &self.names(), &chosen).await?;
        let mut built = Vec::new();
        for service in chosen {
            built.push(build(&shared, &places, service).await?);
        }
        Running::serve(shared, doors, &places, built).await
    }

    fn chosen(&self, config: &Config) -> Vec<&Service> {
        let chosen = config.chosen(&self.names());
        self.services.iter().filter(|service| chosen.contains(&service.name)).collect()
    }

    fn names(&self) -> Vec<&'static str> {
        self.services.iter().map(|service| service.name).collect()
    }
}
