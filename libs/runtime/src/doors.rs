//! The ports, served from the moment they are bound: while the services are put together, health answers
//! NOT_SERVING and every other call waits for them.
//!
//! A balancer thus hears at once that a process is starting (a slow database, a long migration), and a
//! caller who comes early is served late instead of refused.

use std::net::SocketAddr;

use axum::Router;
use kefu_rpc::{Authentication, Guarded, Listener, Mount, Opening, RoleTable, Roles};
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use crate::endpoints::REFRESH;
use crate::listen::Ports;
use crate::shared::Shared;

/// The ports of this process, and what health says on them.
pub(crate) struct Doors {
    pub public: Option<Door>,
    pub internal: Option<Door>,
    pub health: HealthReporter,
    /// Health and nothing else, for whoever asks.
    pub common: Guarded,
}

/// One port.
pub(crate) struct Door {
    pub address: SocketAddr,
    opening: Opening,
}

impl Doors {
    /// Serves `ports`, NOT_SERVING.
    pub(crate) async fn serve(shared: &Shared, ports: Ports) -> anyhow::Result<Self> {
        let health = HealthReporter::new();
        health.set_service_status("", ServingStatus::NotServing).await;
        let mount = Mount::new().health(server(&health))?;
        // Health is open to all, so nobody is to be established here.
        let nobody = Authentication::or_public();
        let common = mount.guard(shared.stack(nobody, Roles::new(RoleTable::new()), [0; 32]));
        let door = |name, listener| Door::serve(shared, name, listener, &common);
        let public = ports.public.map(|listener| door("public port", listener));
        let internal = ports.internal.map(|listener| door("internal port", listener));
        Ok(Self { public, internal, health, common })
    }
}

/// The health service, as `reporter` sets it.
pub(crate) fn server(reporter: &HealthReporter) -> HealthServer<HealthService> {
    HealthServer::new(HealthService::from_health_reporter(reporter.clone()))
}

impl Door {
    fn serve(shared: &Shared, name: &'static str, listener: Listener, before: &Guarded) -> Self {
        let groups = &shared.groups;
        if let Some(tls) = listener.tls().cloned() {
            groups.base.vital(format!("{name}: certificate"), |stop| tls.watch(REFRESH, stop));
        }
        let (address, opening) = (listener.address(), Opening::new(before.clone()));
        let (app, grace) = (opening.app(), shared.config.drain.calls.duration());
        groups.front.vital(name, |stop| async move {
            let drained = listener.serve(app, stop, grace).await;
            if drained.cut > 0 {
                tracing::warn!(cut = drained.cut, "connections did not finish in time");
            }
        });
        Self { address, opening }
    }

    /// Lets calls through to `app`.
    pub(crate) fn open(&self, app: Router) {
        self.opening.open(app);
    }
}
