//! A process that serves, from the moment its ports are served until it has stopped in good order.
//!
//! The order of a stop: NOT_SERVING → balancers get time to notice (not at a terminal) → streams end,
//! calls finish → consumers, timers and the like stop pulling → waiting commands are carried out → the
//! relay brings out what they recorded → bus and databases are closed.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use kefu_rpc::Guarded;
use kefu_store::{Runner, Store};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::assemble::{Built, fingerprint_key};
use crate::data::RunFile;
use crate::doors::{self, Doors};
use crate::drain::StopSignal;
use crate::endpoints::Places;
use crate::listen::internal_app;
use crate::readiness::Readiness;
use crate::service::{Context, Face};
use crate::shared::Shared;
use crate::systemd;
use crate::tasks::Failed;

/// Services that run in this process.
pub struct Running {
    shared: Shared,
    services: BTreeMap<&'static str, Hosted>,
    face: Option<Guarded>,
    public: Option<SocketAddr>,
    internal: Option<SocketAddr>,
    health: HealthReporter,
}

/// A service that runs in this process.
pub struct Hosted {
    /// Its database.
    pub store: Store,
    /// Where its commands are run. Held here because the runner ends with its last handle.
    pub runner: Runner,
    /// Its stack, for clients in this process.
    pub guarded: Guarded,
    /// The projections that it keeps: their names, and whose events they are folded from.
    pub projections: Vec<(&'static str, &'static str)>,
}

impl Running {
    /// Begins the background work, opens the doors, and tells when this process is ready.
    pub(crate) async fn serve(
        shared: Shared,
        doors: Doors,
        places: &Places,
        built: Vec<Built>,
    ) -> anyhow::Result<Self> {
        let mut running = Self {
            services: BTreeMap::new(),
            face: None,
            public: doors.public.as_ref().map(|door| door.address),
            internal: doors.internal.as_ref().map(|door| door.address),
            health: doors.health,
            shared,
        };
        let mut public_app = None;
        let mut readiness = Readiness::default();
        for mut one in built {
            if let Some(face) = one.face.take() {
                let (guarded, app) =
                    public_face(&running.shared, &one.context, face, &running.health)?;
                running.face = Some(guarded);
                public_app = Some(app);
            }
            let (store, runner) = (one.context.store.clone(), one.context.runner.clone());
            let projections = one.projections();
            readiness.add(&one.context, &projections)?;
            let hosted = Hosted { store, runner, guarded: one.guarded.clone(), projections };
            running.services.insert(one.context.service, hosted);
            one.spawn(&running.shared);
        }
        if let (Some(door), Some(app)) = (&doors.public, public_app) {
            door.open(app);
        }
        if let Some(door) = &doors.internal {
            door.open(running.internal_app(doors.common));
        }
        for (name, remote) in places.remotes() {
            running.shared.groups.base.vital(format!("way to {name}"), |stop| remote.watch(stop));
        }
        let alone = places.remotes().next().is_none();
        running.become_ready(readiness, alone).await?;
        Ok(running)
    }

    /// Where callers reach it; none where the gateway runs elsewhere.
    pub fn address(&self) -> Option<SocketAddr> {
        self.public
    }

    /// Where other processes reach it; none where there are none.
    pub fn internal_address(&self) -> Option<SocketAddr> {
        self.internal
    }

    /// What the public port serves, for clients in this process.
    pub fn face(&self) -> Option<&Guarded> {
        self.face.as_ref()
    }

    /// The services that run here, by name.
    pub fn services(&self) -> &BTreeMap<&'static str, Hosted> {
        &self.services
    }

    /// Waits until something has failed without which the process must not go on.
    pub async fn failed(&self) -> Failed {
        self.shared.groups.all.failed().await
    }

    /// Stops in good order.
    pub async fn shutdown(self, why: StopSignal) {
        let (groups, drain) = (&self.shared.groups, &self.shared.config.drain);
        systemd::stopping();
        self.shared.data.withdraw();
        self.shared.draining.cancel();
        self.health.set_service_status("", ServingStatus::NotServing).await;
        if why == StopSignal::Terminate {
            tokio::time::sleep(drain.notice.duration()).await;
        }
        // The ports give calls their time; what is left of the port itself needs hardly any.
        groups.front.stop(drain.calls.duration() + Duration::from_secs(1)).await;
        for group in [&groups.pull, &groups.commands, &groups.relay, &groups.base] {
            group.stop(drain.work.duration()).await;
        }
        self.shared.bus.close().await;
        for service in self.services.values() {
            service.store.close().await;
        }
        tracing::info!("stopped");
    }

    fn internal_app(&self, common: Guarded) -> Router {
        let guards: Vec<Guarded> =
            self.services.values().map(|service| service.guarded.clone()).collect();
        internal_app(&guards, common)
    }

    /// Announces the process, and has it tell when it is ready. A process that holds everything waits
    /// for that here; one of several does not, for it may wait for those that start after it.
    async fn become_ready(&self, mut readiness: Readiness, alone: bool) -> anyhow::Result<()> {
        for service in self.services.values() {
            service.store.ping().await?;
        }
        if alone {
            tokio::select! {
                () = readiness.reached() => {}
                failed = self.failed() => return Err(failed.into()),
            }
            self.health.set_service_status("", ServingStatus::Serving).await;
        }
        self.shared.data.announce(&RunFile {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            services: self.services.keys().map(|name| (*name).to_owned()).collect(),
            public: self.public,
            public_tls: self.shared.config.public.cert.is_some(),
            internal: self.internal,
        })?;
        let (health, draining) = (self.health.clone(), self.shared.draining.clone());
        self.shared.groups.base.keep("readiness", move |stop| {
            readiness.clone().tell(alone, health.clone(), draining.clone(), stop)
        });
        systemd::ready(&self.to_string());
        Ok(())
    }
}

impl fmt::Display for Running {
    /// What runs and where, in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.services.keys().copied().collect();
        write!(f, "kefu {} runs {}", env!("CARGO_PKG_VERSION"), names.join(", "))?;
        if let Some(address) = self.public {
            let scheme = if self.shared.config.public.cert.is_some() { "https" } else { "http" };
            write!(f, ", on {scheme}://{address}")?;
        }
        if let Some(address) = self.internal {
            write!(f, ", for other processes on {address}")?;
        }
        write!(f, ", with its data in {}", self.shared.data.path().display())
    }
}

/// The gateway's public side: the stack around all services, and what is served beside gRPC.
fn public_face(
    shared: &Shared,
    context: &Context,
    face: Face,
    health: &HealthReporter,
) -> anyhow::Result<(Guarded, Router)> {
    let mount = face.mount.health(doors::server(health))?.reflection()?;
    let fingerprints = fingerprint_key(&context.keys);
    let stack = shared.stack(face.authentication, context.roles.clone(), fingerprints);
    let guarded = mount.guard(stack);
    let rest = (face.rest)(guarded.clone())?;
    let app = kefu_rpc::app(guarded.clone(), rest);
    let origins = &shared.config.public.allowed_origins.0;
    let app = if origins.is_empty() { app } else { app.layer(kefu_rpc::cors(origins)?) };
    Ok((guarded, app))
}
